"""What the rider's page costs on the wire: `python -m tests.bench.rider_bytes`.

A real server with the demonstration county answers; everything the page names is fetched as a
browser would, compressed. The budget is 20 kB for the page and all it needs to show the code.
"""

import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urljoin

from firmware_sim.demo import secret, settings
from firmware_sim.demo.layout import Layout
from firmware_sim.demo.settings import Ports
from tests.support.ports import free_port
from tests.support.process import module, running

BUDGET: Final = 20_000
_NEEDED: Final = ("script", "link", "img")
_RELATIONS: Final = ("stylesheet", "icon", "manifest", "modulepreload", "preload")


class Part(NamedTuple):
    """One answer: bytes of its body as sent, and of its head."""

    url: str
    body: int
    head: int


class _Named(HTMLParser):
    """Collects what a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "link" and found.get("rel") not in _RELATIONS:
            return
        url = found.get("href" if tag == "link" else "src")
        if tag in _NEEDED and url and not url.startswith("data:"):
            self.urls.append(url)


def _fetch(url: str) -> tuple[Part, bytes]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310 - ours
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - ours
        body: bytes = answer.read()
        head = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
    return Part(url, len(body), head), body


def _plain(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - ours
        text: str = answer.read().decode("utf-8")
    return text


def weigh(page: str) -> list[Part]:
    """The page and everything it names, in the order it is asked for."""
    named = _Named()
    named.feed(_plain(page))
    urls = [page, *dict.fromkeys(urljoin(page, url) for url in named.urls)]
    return [_fetch(url)[0] for url in urls]


def main() -> int:
    """Measure and print; 1 when the page is over its budget."""
    with tempfile.TemporaryDirectory(prefix="qinlin-bench-") as name, ExitStack() as stack:
        layout = Layout(Path(name))
        ports = Ports(web=free_port(), live=free_port(), mqtt=free_port())
        secret.machine(layout.secrets, "session")
        secret.machine(layout.secrets, "ingest")
        layout.server_config.write_text(settings.server(layout, ports), "utf-8")
        for words in (("migrate",), ("keys", "new"), ("seed-demo",)):
            child = module(
                "server", "--config", layout.server_config, *words, log=layout.log("once")
            )
            child.start()
            if child.wait(timeout=60) != 0:
                raise child.failure("failed")
        web = module("server", "--config", layout.server_config, "web", log=layout.log("web"))
        stack.enter_context(running(web))
        parts = weigh(f"{ports.page_url}/r")
    for part in parts:
        print(
            f"{part.body:>8,} B  + {part.head:>5,} B head  {part.url.removeprefix(ports.page_url)}"
        )
    body = sum(part.body for part in parts)
    print(f"{body:>8,} B  in {len(parts)} answers; budget {BUDGET:,} B")
    return 0 if body <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
