"""Pure rules. No Flask, no SQLAlchemy, no clock."""
