"""Flask, thin: one blueprint an audience."""
