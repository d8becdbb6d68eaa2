"""RESULTS.md: each benchmark keeps its own part of it, and a run of one leaves the others alone."""

import os
import platform
import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def keep(part: str, text: str) -> None:
    """Put the text between the marks of this part."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    old = RESULTS.read_text() if RESULTS.exists() else "# Results\n"
    if begin not in old:
        old = f"{old.rstrip()}\n\n{begin}\n{end}\n"
    before, after = old[: old.index(begin)], old[old.index(end) :]
    RESULTS.write_text(f"{before}{begin}\n{text}\n{after}")


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown, figures to the right."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def machine() -> str:
    """Cores, processor and Python of this machine."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (named := re.search(r"model name\s*: (.+)", info.read_text())):
        cpu = re.sub(r"\s+(\d+-Core )?Processor.*$", "", named[1])
    return f"{os.cpu_count()} cores of {cpu}; Python {platform.python_version()}"
