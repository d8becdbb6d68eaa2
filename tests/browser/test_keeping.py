"""The page and what is kept: it finds its session again after the server was killed, and says when
nothing can be kept."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

from app.storage.database import Database
from tests.browser.conftest import Lab
from tests.conftest import started_server

OpenLab = Callable[..., Lab]


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def session_of(lab: Lab) -> str:
    return str(lab.page.evaluate("sessionStorage.getItem('backprop-lab.session')"))


def test_a_page_goes_on_after_the_server_was_killed(open_lab: OpenLab, tmp_path: Path) -> None:
    port, data = free_port(), str(tmp_path)
    lab = open_lab()
    with started_server(port=port, BACKPROP_LAB_DATA=data) as (url, process):
        lab.url = url.rstrip("/")
        lab.context.unroute_all()
        lab.open()
        session = session_of(lab)
        lab.page.get_by_role("button", name="Play", exact=True).click()
        lab.wait_for_step(2000)
        process.send_signal(signal.SIGKILL)
        process.wait()
        lab.until("document.getElementById('app').dataset.connection === 'lost'")
        before = lab.number("step")
    with started_server(port=port, BACKPROP_LAB_DATA=data):
        lab.wait_for_step(int(before) + 1000)
        assert session_of(lab) == session
        points = lab.page.evaluate(
            "fetch(`/api/sessions/${sessionStorage.getItem('backprop-lab.session')}/runs`)"
            ".then((answer) => answer.json()).then(({ runs }) => runs.length)"
        )
        assert points == 1
        lab.page.close()
    # what the browser itself says of a server that is away is no fault of the page
    lab.errors[:] = [said for said in lab.errors if "ERR_CONNECTION" not in said]


def test_the_page_says_when_nothing_is_kept(open_lab: OpenLab, tmp_path: Path) -> None:
    other = Database(tmp_path, 2**24)
    with started_server(BACKPROP_LAB_DATA=str(tmp_path)) as (url, _):
        for language, words in (
            ("en-US", "another Backprop Lab"),
            ("zh-CN", "另一个 Backprop Lab"),
        ):
            lab = open_lab(language=language)
            lab.url = url.rstrip("/")
            lab.context.unroute_all()
            lab.open()
            line = lab.page.get_by_test_id("kept")
            line.wait_for()
            assert words in line.inner_text()
            line.get_by_role("button").click()
            line.wait_for(state="hidden")
            lab.page.close()
    other.close()
