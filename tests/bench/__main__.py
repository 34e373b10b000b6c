"""`make bench`: every measurement in turn, each in a process of its own.

`python -m tests.bench ingest rider_bytes` runs some of them only.
"""

import importlib.util
import os
import platform
import subprocess
import sys
import time
from typing import Final

BENCHES: Final = {
    "ingest": "events from the broker to committed, counted rows",
    "agent_scan": "from the scanned code to the green light",
    "agent_footprint": "memory and processor time of a station's agent",
    "rider_bytes": "what the rider's page costs on the wire",
}


def main(names: list[str]) -> int:
    """Run the named benches, or all; 1 when one fails, 2 for an unknown name."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
        return 2
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("Compare ratios of one run, never an absolute figure with another machine's or day's.")
    failed = [name for name in names or BENCHES if not _run(name)]
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


def _run(name: str) -> bool:
    print(f"\n── {name} · {BENCHES[name]}\n", flush=True)
    if importlib.util.find_spec(f"tests.bench.{name}") is None:
        print("missing")
        return False
    began = time.monotonic()
    status = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode
    print(f"\n   {time.monotonic() - began:.0f} s", flush=True)
    return status == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
