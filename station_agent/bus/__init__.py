"""Shared ports: one task owns each, drivers submit transactions to it."""
