"""Log lines: one for each thing, as text or JSON, with the session it is about but not its whole
id; and what the terminal says first."""

import io
import json
import logging
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.greeting import class_address, code, greeting, network_address
from app.logs import Kind, Line
from app.settings import Settings
from app.teacher import Teacher
from tests.client.backprop_client import BackpropClient
from tests.conftest import running_server


def said(kind: Kind, tell: Callable[[logging.Logger], None]) -> str:
    """What a logger says."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Line(kind))
    log = logging.Logger("test")
    log.addHandler(handler)
    tell(log)
    return out.getvalue()


def fail(log: logging.Logger) -> None:
    try:
        raise KeyError("there")
    except KeyError:
        log.exception("it failed", extra={"session": "abcdefghijklmnop"})


def test_a_line_of_json_is_one_object_with_time_level_and_event() -> None:
    line = said("json", fail)
    assert line.count("\n") == 1
    entry = json.loads(line)
    assert (entry["level"], entry["event"], entry["session"]) == ("error", "it failed", "abcdefgh")
    assert "KeyError: 'there'" in entry["error"]
    assert entry["time"].endswith("Z") and len(entry["time"]) == 24


def test_a_line_of_text_says_the_same() -> None:
    first, *trace = said("text", fail).splitlines()
    assert first.endswith("Z ERROR it failed session=abcdefgh")
    assert trace[-1] == "KeyError: 'there'"


def test_what_somebody_wrote_makes_no_line_of_its_own() -> None:
    line = said("text", lambda log: log.warning("a name: %s", "x\r\n2026-11-21 ERROR broken in"))
    assert line.count("\n") == 1 and "\\r\\n" in line


@pytest.mark.parametrize("kind", ["quiet", "text", "json"])
def test_the_server_says_what_it_was_asked_to_say(tmp_path: Path, kind: str) -> None:
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        running_server(errors, BACKPROP_LAB_LOG=kind) as url,
        BackpropClient(url) as lab,
    ):
        lab.command("step")
        session = lab.id
    lines = log.read_text()
    assert session not in lines
    if kind == "quiet":
        assert lines == ""
    else:
        for event in ("session made", "stream begins", "stream ends", "session ended"):
            (line,) = [line for line in lines.splitlines() if event in line]
            found = json.loads(line)["session"] if kind == "json" else line
            assert session[:8] in found and "127.0.0.1" in line


# --- what the terminal says first ---


def greeted(address: str = "http://127.0.0.1:8000", **settings: str) -> tuple[str, Teacher]:
    made = Settings(**settings)  # type: ignore[arg-type]
    teacher = Teacher(made)
    return greeting(made, teacher, address), teacher


def test_on_this_machine_nobody_needs_a_key_and_is_told_so() -> None:
    text, teacher = greeted()
    assert "Backprop Lab is at http://127.0.0.1:8000" in text
    assert "Whoever sits at this machine is the teacher: http://127.0.0.1:8000/status" in text
    assert teacher.key not in text and "█" not in text


def test_a_class_gets_an_address_a_code_and_its_teacher_a_key() -> None:
    text, teacher = greeted(host="0.0.0.0")
    assert f"For the class: http://{network_address()}:8000" in text
    assert f"Teacher key: {teacher.key}" in text
    assert f"http://127.0.0.1:8000/status#key={teacher.key}" in text
    assert text.count("\n") > 12  # the code


def test_a_key_that_was_given_is_not_shown() -> None:
    text, _ = greeted(host="0.0.0.0", teacher_key="correct horse")
    assert "correct horse" not in text and "BACKPROP_LAB_TEACHER_KEY" in text


def test_the_class_is_told_the_address_it_can_reach() -> None:
    where = "http://127.0.0.1:8000"
    assert class_address("192.168.1.5", where) == "http://192.168.1.5:8000"
    assert class_address("lab.local", where) == "http://lab.local:8000"
    assert class_address("fe80::1", "http://[fe80::1]:8000") == "http://[fe80::1]:8000"
    assert class_address("0.0.0.0", where) == f"http://{network_address()}:8000"


def test_a_machine_without_a_network_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("app.greeting.socket.socket.connect", refuse, raising=False)
    assert network_address() == socket.gethostname()


def test_a_terminal_that_cannot_show_a_code_is_spared_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert code("http://192.168.1.5:8000") == ""
