"""Serial QR scanners of the GM65 family."""
