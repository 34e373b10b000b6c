"""Typed read models: what a page or a report asks for, in a bounded number of queries."""
