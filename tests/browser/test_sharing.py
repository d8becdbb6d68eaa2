"""What leaves the page and comes back: saved runs, links with weights and step, lessons."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Lab
from tests.conftest import running_server

OpenLab = Callable[..., Lab]

STATE = (
    "(async () => { const id = sessionStorage.getItem('backprop-lab.session');"
    " const get = async (path) => (await fetch(`/api/sessions/${id}${path}`)).json();"
    " const { metrics, step, spec } = await get('');"
    " const { runs, current } = await get('/runs');"
    " const { losses } = await get(`/runs/${current}`);"
    " return JSON.stringify({ metrics, step, spec, losses, count: runs.length }); })()"
)


@pytest.fixture(scope="module")
def keeping_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a folder of its own."""
    folder: Path = tmp_path_factory.mktemp("data")
    with running_server(BACKPROP_LAB_DATA=str(folder)) as url:
        yield url.rstrip("/")


@pytest.fixture
def keeping(open_lab: OpenLab, keeping_url: str) -> Callable[..., Lab]:
    def make(**options: object) -> Lab:
        lab = open_lab(**options)
        lab.url = keeping_url
        lab.context.unroute_all()
        return lab

    return make


def state(lab: Lab) -> dict[str, object]:
    found: dict[str, object] = json.loads(lab.page.evaluate(STATE))
    return found


def train(lab: Lab, step: int) -> None:
    lab.page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(step)
    lab.page.get_by_role("button", name="Pause", exact=True).click()
    lab.page.get_by_role("button", name="Play", exact=True).wait_for()


def link_of(lab: Lab, *, weights: bool) -> str:
    """Through the dialog; it stays open."""
    page = lab.page
    page.get_by_role("button", name="Copy link").click()
    dialog = page.get_by_role("dialog")
    if weights:
        dialog.get_by_role("radio", name="Settings with weights and step").check()
        lab.until("/(run|shared)=/.test(document.querySelector('[data-testid=share-link]').value)")
    return dialog.get_by_test_id("share-link").input_value()


def test_a_link_with_weights_goes_on_in_a_fresh_server(
    keeping: Callable[..., Lab], open_lab: OpenLab, server_url: str
) -> None:
    lab = keeping()
    lab.open("/#data.name=spiral")
    train(lab, 400)
    link = link_of(lab, weights=True)
    before = state(lab)
    path = link.removeprefix(lab.url)
    assert "data.name=spiral" in path and "run=" in path
    other = open_lab()
    other.open(path)  # the suite's server, which has never heard of it
    assert state(other) == before
    assert other.number("step") == before["step"]
    assert "run=" not in other.page.url and "spiral" in other.page.url
    for each in (lab, other):
        each.page.keyboard.press("Escape")
        each.page.get_by_role("button", name="Step", exact=True).click()
        each.wait_until_step_is(int(before["step"]) + 1)  # type: ignore[call-overload]
    assert state(other)["metrics"] == state(lab)["metrics"]


def test_a_link_with_settings_begins_at_step_0(keeping: Callable[..., Lab]) -> None:
    lab = keeping()
    lab.open("/#seed=7")
    train(lab, 50)
    assert link_of(lab, weights=False) == f"{lab.url}/#seed=7"


def test_the_dialog_copies_the_link(keeping: Callable[..., Lab]) -> None:
    lab = keeping()
    lab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab.open("/#seed=8")
    link = link_of(lab, weights=True)
    lab.page.get_by_role("dialog").get_by_role("button", name="Copy link").click()
    lab.page.get_by_text("Link copied.").wait_for()
    assert lab.page.evaluate("navigator.clipboard.readText()") == link
    lab.page.keyboard.press("Escape")
    assert lab.page.get_by_role("dialog").count() == 0


def test_a_link_that_is_broken_begins_anew_with_its_settings(keeping: Callable[..., Lab]) -> None:
    lab = keeping()
    lab.open("/#data.name=xor&run=broken")
    lab.page.get_by_text("begins anew with the same settings").wait_for()
    assert state(lab)["spec"]["data"]["name"] == "xor"  # type: ignore[index]
    lab.errors[:] = [said for said in lab.errors if "422" not in said]  # the browser's own words


def test_a_run_is_saved_and_opened_here_and_elsewhere(keeping: Callable[..., Lab]) -> None:
    lab = keeping()
    page = lab.open()
    train(lab, 300)
    before = state(lab)
    page.get_by_role("button", name="Runs: 1").click()
    page.get_by_test_id("saved-runs").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Save this run").fill("<b>mine</b>")
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_text("Saved as “<b>mine</b>”.").wait_for()
    with page.context.expect_page() as opening:
        dialog.get_by_role("link", name="In a new tab").first.click()
    other = Lab.__new__(Lab)
    other.__dict__.update(lab.__dict__, page=opening.value)
    other.ready()
    assert {**state(other), "count": 1} == {**before, "count": 1}
    other.page.close()
    dialog.get_by_role("textbox", name="Name of the saved run").first.fill("renamed")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reset").click()
    lab.wait_until_step_is(0)
    page.get_by_role("button", name="Runs: 2").click()
    page.get_by_test_id("saved-runs").click()
    dialog.get_by_role("button", name="Open renamed as a run of this session").click()
    lab.wait_until_step_is(int(before["step"]))  # type: ignore[call-overload]
    assert {**state(lab), "count": 0} == {**before, "count": 0}
    page.get_by_role("button", name="Runs: 2").click()  # the one at step 0 is not worth showing
    page.get_by_test_id("saved-runs").click()
    dialog.get_by_role("button", name="Delete renamed", exact=True).click()
    dialog.get_by_role("button", name="Delete renamed for good").click()
    dialog.get_by_text("Nothing has been saved yet.").wait_for()


def test_a_run_that_somebody_else_saved_can_be_opened_but_not_changed(
    open_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    guarded = {"BACKPROP_LAB_DATA": str(tmp_path), "BACKPROP_LAB_TEACHER_KEY": "correct horse"}
    with running_server(**guarded) as url:
        rows = []
        for name in ("one", "two"):
            lab = open_lab()
            lab.url = url.rstrip("/")
            lab.context.unroute_all()
            page = lab.open()
            page.get_by_role("button", name="Runs: 1").click()
            page.get_by_test_id("saved-runs").click()
            dialog = page.get_by_role("dialog")
            dialog.get_by_label("Save this run").fill(name)
            dialog.get_by_role("button", name="Save", exact=True).click()
            dialog.get_by_text(f"Saved as “{name}”.").wait_for()
            rows.append(dialog)
            expect(dialog.get_by_role("button", name=f"Delete {name}")).to_be_visible()
        expect(rows[1].get_by_role("button", name="Delete one")).to_have_count(0)
        others = rows[1].get_by_label("Name of the saved run one")
        expect(others).to_have_attribute("readonly", "")
        expect(rows[1].get_by_role("button", name="Open one as a run")).to_be_visible()
        for dialog in rows:
            dialog.page.close()


def test_what_cannot_be_saved_is_said(lab: Lab) -> None:
    lab.page.get_by_role("button", name="Runs: 1").click()
    lab.page.get_by_test_id("saved-runs").click()
    lab.page.get_by_text("This server cannot keep anything at the moment").wait_for()
    lab.errors[:] = [said for said in lab.errors if "503" not in said]


# --- lessons ---


def test_a_lesson_locks_and_hides_what_its_link_names(keeping: Callable[..., Lab]) -> None:
    lab = keeping()
    page = lab.open()
    page.get_by_role("button", name="Copy link").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("For a lesson").click()
    dialog.get_by_role("radio", name="data: Locked").check()
    dialog.get_by_role("radio", name="net: Locked").check()
    dialog.get_by_role("radio", name="inspector: Hidden").check()
    link = dialog.get_by_test_id("share-link").input_value()
    assert link == f"{lab.url}/#lock=data,net&hide=inspector"
    page.goto("about:blank")
    lab.open(link.removeprefix(lab.url))
    line = page.get_by_test_id("lesson")
    line.wait_for()
    assert "Locked: data, net. Not shown: inspector." in line.inner_text()
    assert page.locator('[data-view="inspector"]').is_hidden()
    noise = page.get_by_role("spinbutton", name="Noise")
    assert noise.get_attribute("aria-disabled") == "true"
    before = state(lab)["spec"]
    noise.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.type("3")
    noise.press("Enter")
    page.get_by_role("combobox", name="Data set").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Add layer").click(force=True)
    page.get_by_role("spinbutton", name="Learning rate").fill("0.1")
    page.keyboard.press("Enter")
    lab.until("location.hash.includes('learning_rate=0.1')")
    after = state(lab)["spec"]
    assert after["optimizer"]["learning_rate"] == 0.1  # type: ignore[index]
    assert {**after, "optimizer": 0} == {**before, "optimizer": 0}  # type: ignore[dict-item]
    assert "lock=data,net" in page.url
    train(lab, 20)
    page.get_by_role("button", name="Show everything").click()
    page.get_by_test_id("lesson").wait_for(state="detached")
    lab.ready()
    assert "lock" not in page.url and lab.number("step") >= 20
    lab.set_field("Noise", "0.2")
    lab.until("location.hash.includes('data.noise=0.2')")


def test_a_lesson_survives_a_reload_and_another_language(keeping: Callable[..., Lab]) -> None:
    lab = keeping()
    page = lab.open("/#lock=optimizer&hide=data,speed")
    page.get_by_test_id("lesson").wait_for()
    page.reload()
    lab.ready()
    page.get_by_role("button", name="简体中文").click()
    page.get_by_text("已锁定：优化器和学习率。").wait_for()
    lab.ready()
    assert page.locator('[data-view="data"]').is_hidden()
    rate = page.locator('[data-lesson="optimizer"] input').first
    assert rate.get_attribute("aria-disabled") == "true"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_dialogs_of_sharing_are_accessible(
    keeping: Callable[..., Lab], theme: str, size: tuple[int, int]
) -> None:
    lab = keeping(theme=theme, size=size)
    page = lab.open("/#lock=data&hide=net")
    page.get_by_test_id("lesson").wait_for()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("dialog").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    session = page.evaluate("sessionStorage.getItem('backprop-lab.session')")
    body = json.dumps({"session": session, "name": "a run"}).encode()
    save = urllib.request.Request(f"{lab.url}/api/saved", body)
    urllib.request.urlopen(save).close()
    page.evaluate("document.querySelector('[data-testid=saved-runs]').click()")
    page.get_by_role("dialog").get_by_text("In a new tab").first.wait_for()
    assert violations(page) == []
