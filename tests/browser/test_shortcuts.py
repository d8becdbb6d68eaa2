"""Keys: the sheet lists them, each does what it says, and none gets in the way of typing."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious


def sheet(page):
    return page.get_by_role("dialog", name="Keyboard")


def is_playing(page):
    return page.get_by_role("button", name="Pause").count() == 1


def test_the_keys_of_the_playground_do_what_the_sheet_says(lab):
    page = lab.page
    page.keyboard.press("s")
    lab.wait_until_step_is(1)
    page.keyboard.press("Space")
    lab.wait_for_step(20)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("r")
    lab.wait_until_step_is(0)
    page.keyboard.press("Control+z")
    lab.until("document.querySelector('[data-testid=step]').dataset.value >= 20")
    page.keyboard.press("Control+Shift+z")
    lab.wait_until_step_is(0)
    page.keyboard.press("Control+z")
    lab.until("document.querySelector('[data-testid=step]').dataset.value >= 20")
    page.keyboard.press("Control+y")
    lab.wait_until_step_is(0)
    page.keyboard.press("e")
    expect(page.get_by_role("dialog", name="Examples")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Examples")).to_be_hidden()
    for key, mode in (("p", "projector"), ("f", "net")):
        page.keyboard.press(key)
        lab.until(f"document.documentElement.dataset.mode === '{mode}'")
        page.keyboard.press(key)
        lab.until("!document.documentElement.dataset.mode")


def test_the_keys_of_the_walkthrough_do_what_the_sheet_says(open_lab):
    lab = open_lab()
    page = lab.page
    page.goto(lab.url + "/walkthrough")
    position = page.locator("[role=slider][aria-valuenow]").first
    expect(position).to_be_visible()

    def at():
        return int(position.get_attribute("aria-valuenow"))

    def moves(key, holds):
        before = at()
        page.keyboard.press(key)
        page.wait_for_timeout(150)
        assert holds(before, at()), key

    page.locator("body").click(position={"x": 2, "y": 2})
    for key in ("ArrowRight", "Space"):
        moves(key, lambda before, now: now > before)
    moves("ArrowLeft", lambda before, now: now < before)
    moves("End", lambda before, now: now == int(position.get_attribute("aria-valuemax")))
    moves("Home", lambda before, now: now == int(position.get_attribute("aria-valuemin")))
    page.keyboard.press("?")
    expect(sheet(page).get_by_role("heading", level=3).first).to_have_text("Walkthrough")
    moves("ArrowRight", lambda before, now: now == before)  # the sheet has the keys now


def test_the_keys_of_single_controls_do_what_the_sheet_says(lab):
    page = lab.page
    page.locator(".neuron.input").first.focus()
    page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.getAttribute('data-place')")
    assert '"layer":0' in focused
    page.keyboard.press("Delete")
    expect(page.locator(".neuron[aria-label*='cut out']")).to_have_count(1)
    page.locator(".neuron[aria-label*='cut out']").press("Delete")
    expect(page.locator(".neuron[aria-label*='cut out']")).to_have_count(0)
    page.locator(".neuron:not(.input)").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-view=explain]")).to_be_visible()
    page.locator(".neuron:not(.input)").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator("[data-view=explain]")).to_be_hidden()
    for _ in range(30):
        page.keyboard.press("s")
    lab.wait_until_step_is(30)
    page.locator(".timeline").focus()
    for key, step in (
        ("ArrowLeft", 29),
        ("Shift+ArrowLeft", 19),
        ("PageUp", 29),
        ("Home", 0),
        ("End", 30),
    ):
        page.keyboard.press(key)
        lab.wait_until_step_is(step)
    page.locator(".loss-chart").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".chart-card")).to_be_visible()


@pytest.mark.parametrize("key", ["s", "r", "p", "f", "e", "?", " "])
def test_keys_are_left_to_who_types(lab, key):
    page = lab.page
    page.keyboard.press("s")
    lab.wait_until_step_is(1)
    page.get_by_role("button", name="Runs").click()
    name = page.get_by_role("textbox", name="Name").first
    name.fill("")
    name.press_sequentially(f"a{key}b")
    expect(name).to_have_value(f"a{key}b")
    page.wait_for_timeout(150)
    assert lab.number("step") == 1 and not is_playing(page)
    assert page.locator("dialog").count() == 0
    assert page.evaluate("document.documentElement.dataset.mode ?? ''") == ""


def test_a_key_in_a_dialog_does_not_train(lab):
    page = lab.page
    page.get_by_role("button", name="Keys").click()
    expect(sheet(page)).to_be_visible()
    for key in ("s", "p", "f"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert lab.number("step") == 0
    page.keyboard.press("Escape")
    expect(sheet(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Keys")).to_be_focused()


@pytest.mark.parametrize(
    ("size", "path", "theme"),
    [
        ((1280, 720), "/", "light"),
        ((1280, 720), "/walkthrough", "dark"),
        ((390, 844), "/", "dark"),
        ((390, 844), "/walkthrough", "light"),
    ],
)
def test_the_sheet_fits_and_axe_finds_nothing_serious(open_lab, size, path, theme):
    lab = open_lab(size, "zh-CN" if theme == "dark" else "en-US", theme)
    page = lab.page
    page.goto(lab.url + path)
    expect(page.locator("header.bar")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("dialog.shortcuts")).to_be_visible()
    assert serious(page, within="dialog.shortcuts") == []
    box = page.locator("dialog.shortcuts").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
    assert box["y"] >= 0 and box["y"] + box["height"] <= size[1]
    pages = page.locator(".shortcuts-pages")
    assert pages.evaluate("element => element.scrollWidth <= element.clientWidth")
