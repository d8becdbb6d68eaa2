"""Where a Chromium or Chrome is on this machine; as a script, prints its path or exits with 1
(used by the Makefile)."""

import os
import shutil
import sys
from pathlib import Path

# Debian's shell draws and computes as Chromium does, without its windows, and starts sooner.
COMMANDS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)


def find_chromium() -> str | None:
    """The browser named by ``CHROMIUM``, else the first one installed, else None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    on_path = next(filter(None, map(shutil.which, COMMANDS)), None)
    return on_path or next((path for path in APPLICATIONS if Path(path).exists()), None)


if __name__ == "__main__":
    found = find_chromium()
    print(found or "no Chromium or Chrome found")
    sys.exit(found is None)
