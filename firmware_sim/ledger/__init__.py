"""What truly happened at the simulated stations, one SQLite file a station."""
