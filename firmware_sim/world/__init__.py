"""Simulated stations as people meet them: loads, water, umbrellas, phones and the people."""
