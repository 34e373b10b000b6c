"""The devices at wire level, the people who use them, and a ledger of what truly happened."""
