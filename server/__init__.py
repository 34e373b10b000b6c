"""The server: takes in events, keeps the truth, shows it to riders, keepers and the committee."""
