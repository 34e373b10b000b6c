"""Relay boards by Modbus."""
