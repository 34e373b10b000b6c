"""What a person at the station sees and hears."""
