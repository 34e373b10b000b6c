"""Temperature boards by Modbus (R4DCB08)."""
