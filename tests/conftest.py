"""Fixtures of the whole suite: the real app in a process of its own, and a page in a real Chromium.

A browser test lives in ``tests/browser/`` and asks for ``page`` and ``server_url``. It is skipped,
with the reason, where no Chromium or Chrome is installed, and fails there when ``CI`` is set.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

# Nothing is kept beyond a test, unless it names a folder; so for servers that tests start.
os.environ["BACKPROP_LAB_DATA"] = ""

import app  # noqa: F401  before NumPy: it sets the number of BLAS threads
from tests.chromium import find_chromium

ROOT = Path(__file__).parent.parent
BROWSER_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--process-per-site",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in tests/browser/ and put it last: Playwright's sync API keeps an event loop
    open, and ``asyncio.run`` in a later test would refuse to start another. Of these the files with
    most tests come first, so that two workers end at about the same time."""
    browser = ROOT / "tests" / "browser"
    count = Counter(item.path for item in items if browser in item.path.parents)
    for item in items:
        if item.path in count:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: (item.path in count, -count[item.path]))


# --- the app ---

# For tests that ask more than any class would.
NO_RATES = {
    f"BACKPROP_LAB_{what}_RATE": "0"
    for what in ("REQUEST", "WORK", "MAKING", "UPLOAD", "JOINING", "BRIEF", "COMMAND", "COMMANDS")
}


@contextmanager
def running_server(errors: IO[str] | None = None, /, **environment: str) -> Iterator[str]:
    """Start ``backprop-lab`` on a free port; its address. ``environment`` is added to ours, and
    what it logs goes to ``errors``."""
    with started_server(errors, **environment) as (url, _):
        yield url


@contextmanager
def started_server(
    errors: IO[str] | None = None, /, port: int = 0, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The same with its process, which may be killed; on a ``port`` that is known if need be."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "app.main", "--no-browser", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    assert process.stdout is not None
    try:
        # The app says its address once it answers, so there is nothing to poll and no port to
        # guess.
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http://\S+", line):
                yield found[0], process
                return
        raise AssertionError(f"the server stopped before it was ready: {said!r}")
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The address of the app, one process for the whole run. Tests come and go as no page does."""
    free = {f"BACKPROP_LAB_{what}_RATE": "0" for what in ("MAKING", "BRIEF")}
    with running_server(**free) as url:
        yield url


# --- the browser: pytest-playwright's ``page``, on the Chromium of this machine ---


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome; without one, skip (or fail when CI is set)."""
    path = find_chromium()
    if path is None:
        reason = "no Chromium or Chrome is installed (set CHROMIUM to its path if it is elsewhere)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, object], chromium: str
) -> dict[str, object]:
    return {**browser_type_launch_args, "executable_path": chromium, "args": BROWSER_FLAGS}
