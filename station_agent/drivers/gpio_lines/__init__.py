"""Pulse flow meters and push buttons on GPIO lines."""
