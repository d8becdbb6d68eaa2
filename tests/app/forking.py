"""Servers that start in no time: a process imports the app once and forks one whenever asked. What
is killed is a whole server all the same."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

_FORKS = """
import os, sys
import app.main
import app.routes.conformance
for line in sys.stdin:
    if os.fork() == 0:
        sys.stdin.close()
        print("pid", os.getpid(), flush=True)
        os._exit(app.main.cli(["--no-browser", "--port", line.strip()]))
"""


class Servers:
    """One at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = 0

    def start(self, port: int = 0) -> str:
        """The address of another one, once it answers."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{port}\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if found := re.match(r"pid (\d+)", line):
                self.pid = int(found[1])
            elif found := re.search(r"is at (http://\S+)", line):
                return found[1].rstrip("/")
        raise AssertionError("no server was started")

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        os.kill(self.pid, how)
        self.wait()

    def wait(self) -> None:
        """Until it is gone."""
        with contextlib.suppress(FileNotFoundError):
            while Path(f"/proc/{self.pid}/stat").read_text().split(") ")[1][0] != "Z":
                time.sleep(0.005)


@contextlib.contextmanager
def servers(folder: Path, **environment: str) -> Iterator[Servers]:
    """Servers that keep what they have in a folder."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", _FORKS],
        cwd=ROOT,
        env={**os.environ, "BACKPROP_LAB_DATA": str(folder), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Servers(process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
