"""Energy meters read by Modbus."""
