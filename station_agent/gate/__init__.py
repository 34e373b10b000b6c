"""Credential to decision, offline."""
