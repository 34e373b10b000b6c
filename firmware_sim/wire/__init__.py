"""Lines between computer and device: pseudo-terminals, TCP, GPIO events, and faults."""
