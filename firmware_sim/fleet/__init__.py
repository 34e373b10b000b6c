"""People of past days, reported through the outbox and uplink of the agent itself."""
