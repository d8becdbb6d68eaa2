"""The status page: live numbers and all sessions for the teacher, a key form for everybody else."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious
from tests.browser.conftest import Lab
from tests.client.backprop_client import BackpropClient
from tests.conftest import running_server

OpenLab = Callable[..., Lab]
KEY = "correct horse"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on this machine, which needs no key."""
    with running_server(BACKPROP_LAB_DATA=str(tmp_path_factory.mktemp("data"))) as url:
        yield url.rstrip("/")


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """A server with a key."""
    with running_server(BACKPROP_LAB_TEACHER_KEY=KEY, BACKPROP_LAB_KEY_BURST="3") as url:
        yield url.rstrip("/")


def status_of(open_lab: OpenLab, url: str, path: str = "/status", **options: object) -> Lab:
    lab = open_lab(**options)
    lab.url = url
    lab.context.unroute_all()
    lab.page.goto(url + path)
    return lab


def test_a_session_that_trains_is_seen_to_train(open_lab: OpenLab, own: str) -> None:
    with BackpropClient(own, {"data": {"name": "xor"}}) as client:
        client.command("play", speed=500)
        page = status_of(open_lab, own).page
        expect(page.get_by_text("no key is needed")).to_be_visible()
        row = page.locator(f'tr[data-id="{client.id}"]')
        expect(row).to_contain_text("XOR")
        expect(row).to_contain_text("training")
        expect(row.locator("th")).to_have_text(client.id[:8])
        assert client.id not in page.locator("main").inner_text()
        expect(row.locator("td.number").nth(1)).to_have_text(re.compile(r"[45]\d\d"))
        expect(page.locator('[data-name="steps"] .tile-value')).to_have_text(
            re.compile(r"^[3-6]\d\d$")
        )
        expect(page.locator('[data-name="storage"]')).to_contain_text("everything is kept")


def test_the_teacher_ends_a_session_with_a_second_click(open_lab: OpenLab, own: str) -> None:
    client = BackpropClient(own)
    page = status_of(open_lab, own).page
    row = page.locator(f'tr[data-id="{client.id}"]')
    row.get_by_role("button", name=f"End session {client.id[:8]}", exact=True).click()
    expect(row).to_be_visible()
    row.get_by_role("button", name=f"End session {client.id[:8]} for good").click()
    expect(row).to_have_count(0)
    client._open.close()


def test_a_session_that_nobody_watches_goes_to_rest(open_lab: OpenLab, own: str) -> None:
    client = BackpropClient(own)
    lab = status_of(open_lab, own)
    row = lab.page.locator(f'tr[data-id="{client.id}"]')
    rest = row.get_by_role("button", name=f"Let session {client.id[:8]} rest")
    expect(rest).to_have_attribute("aria-disabled", "true")
    rest.click(force=True)
    expect(lab.page.get_by_text("Somebody looks at that session")).to_be_visible()
    client._open.close()
    expect(rest).to_have_attribute("aria-disabled", "false")
    rest.click()
    expect(row).to_have_count(0)
    expect(lab.page.locator('[data-name="sessions"]')).to_contain_text("rest on disk")
    lab.errors[:] = [said for said in lab.errors if "409" not in said]  # the refusal that was meant


def test_without_the_key_nothing_is_seen_and_with_it_everything(
    open_lab: OpenLab, guarded: str
) -> None:
    with BackpropClient(guarded) as client:
        lab = status_of(open_lab, guarded)
        key = lab.page.get_by_label("Teacher key")
        expect(key).to_be_visible()
        expect(lab.page.locator(".status-inside")).to_be_hidden()
        key.fill("guess")
        lab.page.get_by_role("button", name="Enter").click()
        expect(lab.page.get_by_text("That is not the key.")).to_be_visible()
        key.fill(KEY)
        key.press("Enter")
        expect(lab.page.locator(f'tr[data-id="{client.id}"]')).to_be_visible()
        lab.page.reload()
        expect(lab.page.locator(f'tr[data-id="{client.id}"]')).to_be_visible()
        lab.page.get_by_role("button", name="Leave the teacher's seat").click()
        expect(key).to_be_visible()
        lab.errors[:] = [said for said in lab.errors if "401" not in said]


def test_the_link_of_the_terminal_has_the_key_and_the_address_does_not_keep_it(
    open_lab: OpenLab, guarded: str
) -> None:
    page = status_of(open_lab, guarded, "/status#key=correct%20horse").page
    expect(page.locator(".status-inside")).to_be_visible()
    assert "key" not in page.url
    assert not page.evaluate("document.cookie")  # scripts do not see it


def test_after_some_wrong_keys_it_says_how_long_to_wait(open_lab: OpenLab, guarded: str) -> None:
    lab = status_of(open_lab, guarded)
    for _ in range(4):
        lab.page.get_by_label("Teacher key").fill("guess")
        lab.page.get_by_role("button", name="Enter").click()
        lab.page.wait_for_timeout(200)
    expect(
        lab.page.get_by_text(re.compile(r"Too many wrong keys. Try again in \d+ s."))
    ).to_be_visible()
    lab.errors[:] = [said for said in lab.errors if "401" not in said and "429" not in said]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_it_is_in_both_languages_and_axe_finds_nothing_serious(
    open_lab: OpenLab, own: str, size: tuple[int, int], theme: str
) -> None:
    with BackpropClient(own):
        lab = status_of(open_lab, own, size=size, theme=theme, language="zh-CN")
        page = lab.page
        expect(page.get_by_role("heading", name="服务器状态")).to_be_visible()
        expect(page.locator("tbody tr").first).to_be_visible()
        assert page.title() == "状态 · 反向传播实验室"
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Server status")).to_be_visible()
        expect(page.locator("tbody tr").first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        assert serious(page) == []


def test_the_page_says_when_the_server_is_away(open_lab: OpenLab, tmp_path: Path) -> None:
    with running_server(BACKPROP_LAB_DATA=str(tmp_path)) as url:
        lab = status_of(open_lab, url.rstrip("/"))
        expect(lab.page.get_by_text("Live:")).to_be_visible()
    expect(lab.page.get_by_text("The server does not answer.")).to_be_visible()
    lab.errors[:] = [said for said in lab.errors if "ERR_CONNECTION" not in said]
