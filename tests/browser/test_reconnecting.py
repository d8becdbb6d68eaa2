"""The page and a connection that breaks: it comes back with what it has and shows nothing that does
not fit; a page of another version is told to be loaded anew."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import Lab
from tests.conftest import running_server

OpenLab = Callable[..., Lab]


class Between:
    """Sits between page and server: knows every connection, may change what is said."""

    def __init__(self, lab: Lab, change: Callable[[dict[str, Any]], Any] | None = None) -> None:
        self.urls: list[str] = []
        self.latest: WebSocketRoute | None = None
        self.welcomes: list[dict[str, Any]] = []
        self.points: list[list[int]] = []
        self._change = change or (lambda message: message)
        lab.page.route_web_socket("**/stream*", self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        self.urls.append(route.url)
        self.latest = route
        self.points.append([])
        server = route.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if isinstance(message, str):
                read = self._change(json.loads(message))
                if read["type"] == "welcome":
                    self.welcomes.append(read)
                message = json.dumps(read)
            else:
                self._note(message)
            route.send(message)

        server.on_message(pass_on)

    def _note(self, message: bytes) -> None:
        length = int.from_bytes(message[:8], "little")
        loss = json.loads(message[8 : 8 + length]).get("loss")
        if loss is not None:
            self.points[-1].append(loss["shape"][0])


def test_a_page_that_comes_back_gets_only_what_it_lacks(open_lab: OpenLab) -> None:
    lab = open_lab()
    between = Between(lab)
    page = lab.open()
    page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(3000)
    assert between.latest is not None
    before = sum(between.points[0])
    between.latest.close(code=1012, reason="away")
    lab.until("document.getElementById('app').dataset.connection === 'lost'")
    lab.wait_for_step(6000)
    assert len(between.urls) == 2
    assert "?" not in between.urls[0] and "since=" in between.urls[1]
    assert [welcome["whole"] for welcome in between.welcomes] == [True, False]
    assert between.points[1][0] < before / 2  # the first frame brought what was missing, no more
    page.get_by_role("button", name="Pause", exact=True).click()


def test_a_page_of_another_version_is_told_to_be_loaded_anew(open_lab: OpenLab) -> None:
    for language, words, button in (
        ("en-US", "newer version of this page", "Reload"),
        ("zh-CN", "新版本", "重新加载"),
    ):
        lab = open_lab(language=language)
        newer = Between(
            lab, lambda said: said | {"version": "0" * 12} if said["type"] == "welcome" else said
        )
        lab.open()
        expect(lab.page.get_by_text(words)).to_be_visible()
        with lab.page.expect_navigation():
            lab.page.get_by_role("button", name=button, exact=True).click()
        assert newer.welcomes


def test_a_message_that_the_page_does_not_know_tells_the_same(open_lab: OpenLab) -> None:
    lab = open_lab()
    Between(lab, lambda said: said | {"type": "novelty"} if said["type"] == "runs" else said)
    lab.open()
    expect(lab.page.get_by_text("newer version of this page")).to_be_visible()


def test_who_finds_too_many_before_it_waits_and_goes_on_by_itself(open_lab: OpenLab) -> None:
    few = {"BACKPROP_LAB_MAKING_RATE": "0.4", "BACKPROP_LAB_MAKING_BURST": "1"}
    with running_server(**few) as url:
        late = open_lab(language="zh-CN")
        late.url = url.rstrip("/")
        httpx2.post(f"{late.url}/api/sessions", json={}).raise_for_status()
        late.page.goto(late.url)
        expect(late.page.get_by_text("秒后自动继续")).to_be_visible()
        late.ready()
        expect(late.page.get_by_text("秒后自动继续")).to_be_hidden()
        assert [error for error in late.errors if "429" not in error] == []
        late.errors.clear()  # Chromium's own word for the answer
        late.page.goto("about:blank")  # before the server is gone
