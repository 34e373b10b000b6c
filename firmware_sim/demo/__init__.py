"""The whole county on one machine: broker, server, stations, people, in one command."""
