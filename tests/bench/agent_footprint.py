"""Memory and processor time of a station's agent: `python -m tests.bench.agent_footprint`.

One real agent process with every device of a station on pseudo-terminals, a charger in use, and
a real broker. It runs on what a station installs, `requirements/agent.txt` and nothing else: in
the development environment structlog would load rich, which no station has. Then what its
imports cost, one after another, each in the order the agent loads them.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from firmware_sim.world.physics import Battery
from tests.support import broker as brokers
from tests.wire.agent.running import running

WARM_S: Final = 5
MEASURED_S: Final = 30
AIM_MIB: Final = 40
_IMPORTS: Final = (
    "asyncio",
    "msgspec",
    "sqlite3",
    "structlog",
    "serial",
    "paho.mqtt.client",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "pymodbus.client",
    "station_agent.app",
)
_ROOT: Final = Path(__file__).parents[2]
_LOCK: Final = _ROOT / "requirements" / "agent.txt"
_VENV: Final = _ROOT / "build" / "agent"
_PROBE: Final = """
import importlib, sys
def kib():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1])
last = kib()
print("bare interpreter", last)
for name in sys.argv[1:]:
    importlib.import_module(name)
    now = kib()
    print(name, now - last)
    last = now
"""


def station_python() -> str:
    """An interpreter with the packages of a station only; made when the lock file changed."""
    mark = _VENV / "installed-from"
    lock = _LOCK.read_text("ascii")
    python = str(_VENV / "bin" / "python")
    if not mark.exists() or mark.read_text("ascii") != lock:
        print("installing what a station installs")
        subprocess.run([sys.executable, "-m", "venv", "--clear", _VENV], check=True)
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run([*pip, "--require-hashes", "-r", _LOCK], check=True)
        mark.write_text(lock, "ascii")
    return python


def status_kib(pid: int, field: str) -> int:
    """A memory figure of /proc/<pid>/status, KiB."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise KeyError(field)


def cpu_s(pid: int) -> float:
    """User and system seconds of a process (fields 14 and 15 of /proc/<pid>/stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(folder: Path, *, broker: brokers.Broker, python: str) -> None:
    """Print resident memory and processor share of one agent."""
    async with running(folder, stock={1: "E20000000000000000000001"}, port=broker.port) as here:
        # The account the broker knows, in place of the test's own.
        (folder / "password").write_text(broker.passwords["yz-001"], "utf-8")
        await here.stop()
        here.python = python
        await here.start()
        await here.log_says("link_up")
        here.station.plug(1, Battery(peak_mw=90_000, wanted_wh=10_000))
        assert here.process is not None
        pid = here.process.pid
        await asyncio.sleep(WARM_S)
        began = cpu_s(pid)
        for _ in range(MEASURED_S):
            await asyncio.sleep(1)
            here.pass_(1)
        share = 100 * (cpu_s(pid) - began) / MEASURED_S
        rss, anon = status_kib(pid, "VmRSS"), status_kib(pid, "RssAnon")
        print(f"resident {rss / 1024:.1f} MiB (aim {AIM_MIB}), of it {anon / 1024:.1f} MiB its own")
        print(f"processor {share:.1f} % of one core over {MEASURED_S} s, 7 devices polled")


def imports(python: str) -> None:
    """Print what each import adds, KiB of resident memory."""
    out = subprocess.run(
        [python, "-c", _PROBE, *_IMPORTS],
        check=True,
        capture_output=True,
        text=True,
        cwd=_ROOT,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
    ).stdout
    for line in out.splitlines():
        name, _, kib = line.rpartition(" ")
        print(f"  {name:<52} {int(kib) / 1024:6.1f} MiB")


def main() -> None:
    """Measure, then explain."""
    python = station_python()
    with tempfile.TemporaryDirectory() as folder, brokers.nats(Path(folder) / "nats") as broker:
        here = Path(folder) / "station"
        here.mkdir()
        asyncio.run(measure(here, broker=broker, python=python))
    imports(python)
    print(f"load of the machine meanwhile: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
