"""Tables, read models, migrations and the telemetry store."""
