"""Flask, thin: one blueprint an audience, its URL table on top."""
