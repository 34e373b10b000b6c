"""`python -m station_agent`."""

import sys

from station_agent.cli import main

if __name__ == "__main__":
    sys.exit(main())
