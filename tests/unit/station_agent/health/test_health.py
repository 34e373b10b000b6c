"""What the agent says of itself, and how it keeps its tasks alive."""

import asyncio
import os
import socket
from pathlib import Path

from protocol.events import Sample
from station_agent.health.notify import Notifier
from station_agent.health.process import Usage, health_sample, usage
from station_agent.health.supervise import Supervisor
from station_agent.sessions.moment import Stamp


def test_memory_and_time_are_this_processes_own() -> None:
    before = usage()
    held = bytearray(os.urandom(32 * 2**20))
    total = sum(range(2_000_000))
    after = usage()
    assert total
    assert after.rss_kib - before.rss_kib > 16 * 1024
    assert after.cpu_ms > before.cpu_ms
    assert len(held) == 32 * 2**20


def test_health_is_a_sample_of_device_agent() -> None:
    sample = health_sample(
        Stamp(1_790_000_000_000, 7),
        Usage(rss_kib=40_000, cpu_ms=12),
        outbox_events=3,
        outbox_bytes=400,
        dropped=1,
    )
    assert sample == Sample(
        at=1_790_000_000_000,
        mono=7,
        device="agent",
        unit=0,
        values={
            "rss_kib": 40_000,
            "cpu_ms": 12,
            "outbox_events": 3,
            "outbox_bytes": 400,
            "dropped": 1,
        },
    )


def listener(address: str) -> socket.socket:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(address)
    heard.settimeout(10)
    return heard


def test_the_service_manager_hears_ready_alive_and_stopping(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with listener(path) as heard:
        notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"})
        assert notifier.watchdog_ms == 30_000
        notifier.ready()
        notifier.alive()
        notifier.stopping()
        assert [heard.recv(64) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_an_abstract_socket_is_understood() -> None:
    name = f"qinlin-test-{os.getpid()}-{os.urandom(4).hex()}"
    with listener("\0" + name) as heard:
        Notifier({"NOTIFY_SOCKET": "@" + name}).ready()
        assert heard.recv(64) == b"READY=1"


def test_without_a_service_manager_nothing_is_said_and_nothing_fails(tmp_path: Path) -> None:
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()
    assert Notifier({}).watchdog_ms == 0


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    assert Notifier({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "1"}).watchdog_ms == 0
    mine = {"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": str(os.getpid())}
    assert Notifier(mine).watchdog_ms == 5_000


def test_a_crashed_task_starts_again_and_is_counted() -> None:
    async def story() -> None:
        supervisor, starts, lasts = Supervisor(first_s=0.001, longest_s=0.002), 0, asyncio.Event()

        async def work() -> None:
            nonlocal starts
            starts += 1
            if starts == 1:
                raise RuntimeError("port on fire")
            if starts < 4:
                return
            lasts.set()
            await asyncio.sleep(3_600)

        task = asyncio.create_task(supervisor.keep("charger", work))
        async with asyncio.timeout(30):
            await lasts.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert supervisor.crashes == {"charger": 3}

    asyncio.run(story())
