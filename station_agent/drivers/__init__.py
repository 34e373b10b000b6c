"""One folder a device family: driver.py, config.py, README.md."""
