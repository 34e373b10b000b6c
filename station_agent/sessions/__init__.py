"""Pure state machines that turn observations into facts."""
