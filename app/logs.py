"""One line for each thing that happened: as text for people, as JSON for programs. A line names the
client and the session it is about - the beginning of its id, since all of it would open it."""

import json
import logging
import time
from typing import Literal

from app.limits import CLIENT

Kind = Literal["quiet", "text", "json"]

_SHOWN = 8  # characters of an id


def short(session_id: str) -> str:
    """Enough of an id to find it again, too little to use it."""
    return session_id[:_SHOWN]


class Line(logging.Formatter):
    """A record as text, or as a line of JSON."""

    converter = staticmethod(time.gmtime)

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._as_json = kind == "json"

    def format(self, record: logging.LogRecord) -> str:
        about = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if (session := getattr(record, "session", None)) is not None:
            about["session"] = short(session)
        if client := CLIENT.get():
            about["client"] = client
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        if self._as_json:
            return json.dumps(about | ({"error": trace} if trace else {}), ensure_ascii=False)
        first = f"{about['time']} {about['level'].upper()} {_one_line(about['event'])}"
        rest = "".join(f" {key}={about[key]}" for key in ("session", "client") if key in about)
        return f"{first}{rest}\n{trace}" if trace else first + rest


def _one_line(text: str) -> str:
    """What somebody else has written must not look like a line of its own."""
    return text.replace("\r", "\\r").replace("\n", "\\n")


def configure(kind: Kind) -> None:
    """All that this process says goes to the standard error stream, in one form."""
    handler = logging.StreamHandler()
    handler.setFormatter(Line(kind))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # (uvicorn tells the whole address of every stream, with the session's id in it)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    level = logging.WARNING if kind == "quiet" else logging.INFO
    logging.getLogger("backprop_lab").setLevel(level)
