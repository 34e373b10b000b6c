"""`python -m firmware_sim`."""

from firmware_sim.cli import main

main()
