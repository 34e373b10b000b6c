"""Compares what the devices did with what the server counted."""
