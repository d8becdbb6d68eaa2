"""The gallery: what a preset becomes is drawn from what the engine computes, its question stays
while one works, its answer cites the run that is shown, and what one tries stands beside it."""

import re

import pytest
from playwright.sync_api import expect

from app.gallery.presets import PRESETS
from tests.browser.axe import serious
from tests.browser.screens import on_every_screen
from tests.words import words

# changes that go on with the same net, and changes that make another
TRIES = [
    ("dead", "slower"),
    ("overfitting", "l2"),
    ("xor_line", "product"),
    ("vanishing", "residual"),
    ("overfitting", "more"),
]


def dialog(page):
    return page.get_by_role("dialog", name="Examples")


def open_gallery(page):
    page.get_by_role("button", name="Examples").click()
    expect(dialog(page)).to_be_visible()


def question(page):
    return page.get_by_role("region", name="Question")


def start(page, name):
    open_gallery(page)
    page.locator(f"[data-preset={name}]").click()
    expect(question(page)).to_contain_text(words("en")["gallery"]["presets"][name]["question"])


def now(page):
    return page.get_by_test_id("question-now").inner_text()


def test_every_preset_is_drawn_with_its_question(lab):
    page = lab.page
    open_gallery(page)
    expect(dialog(page).locator("canvas[data-drawn]")).to_have_count(len(PRESETS))
    for name, preset in PRESETS.items():
        card = dialog(page).locator("article", has=page.locator(f"[data-preset={name}]"))
        expect(card).to_contain_text(words("en")["gallery"]["presets"][name]["question"])
        canvas = card.locator("canvas")
        expect(canvas).to_have_attribute("data-drawn", preset.picture)
        colors = canvas.evaluate(
            "canvas => new Set(new Uint32Array(canvas.getContext('2d')"
            ".getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"
        )
        assert colors > 3, name
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Examples")).to_be_focused()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_starts_and_its_answer_cites_the_run(lab, name):
    page = lab.page
    start(page, name)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    lab.wait_until_step_is(0)
    assert f"view.preset={name}" in page.url
    page.keyboard.press("Space")
    if name == "batch":  # it stops by itself
        lab.wait_until_step_is(10)
    else:
        lab.wait_for_step(30)
        page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("button", name="Answer").click()
    told = page.get_by_test_id("question-now")
    expect(told).to_contain_text(f"{int(lab.number('step')):,}")
    if "{test_loss}" in words("en")["gallery"]["presets"][name]["now"]:
        expect(told).to_contain_text(page.get_by_test_id("test-loss").inner_text())
    expect(told).not_to_contain_text("–")  # a number that could not be told
    expect(question(page).locator(".question-answer")).not_to_contain_text("{")


@pytest.mark.parametrize(("name", "tried"), TRIES, ids=[f"{a}-{b}" for a, b in TRIES])
def test_what_is_tried_begins_at_step_0_beside_the_run_before(open_lab, name, tried):
    lab = open_lab()
    page = lab.open("/#view.speed=100")
    start(page, name)
    page.keyboard.press("Space")
    lab.wait_for_step(150)
    page.locator(f"[data-try={tried}]").click()
    lab.until("document.querySelector('[data-testid=step]').dataset.value < 100")
    lab.wait_for_step(20)
    expect(page.locator(f"[data-try={tried}]")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name=re.compile("Runs: [23]"))).to_be_visible()
    # test, train, and the run before
    expect(page.locator(".losses .key-row .legend-item")).to_have_count(3)


def test_a_cure_brings_the_gradient_back(lab):
    page = lab.page
    start(page, "vanishing")
    page.keyboard.press("Space")
    lab.wait_for_step(300)
    page.keyboard.press("Space")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_test_id("question-now")).to_contain_text("a ratio of")
    assert re.search("ratio of [0-9.]+×10⁻[⁵⁶⁷⁸⁹]", now(page))
    page.locator("[data-try=residual]").click()
    lab.until("document.querySelector('[data-testid=test-loss]').dataset.value < 0.3", 30)
    page.get_by_role("button", name="Pause").click()
    lab.until(
        r"/ratio of \d+\.\d+\./"
        ".test(document.querySelector('[data-testid=question-now]').innerText)"
    )


def test_undo_leads_back_to_what_was_there_before_the_preset(lab):
    page = lab.page
    before = page.url
    start(page, "xor_line")
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("xor")
    page.get_by_role("button", name="Put the question away").click()
    expect(question(page)).to_be_hidden()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("circle")
    assert page.url == before


def test_a_link_carries_the_question(open_lab):
    lab = open_lab()
    page = lab.open("/#data.name=xor&view.preset=xor_line")
    expect(question(page)).to_contain_text("can one neuron tell")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("region", name="问题")).to_contain_text("一个神经元能分开")


@pytest.mark.parametrize("name", ["nope", "__proto__", "constructor", "<b>"])
def test_a_link_that_names_no_preset_asks_nothing(open_lab, name):
    lab = open_lab()
    page = lab.open(f"/#view.preset={name}")
    lab.until("!location.hash.includes('preset')")
    expect(question(page)).to_be_hidden()


@on_every_screen
def test_gallery_and_question_fit_and_axe_finds_nothing_serious(open_lab, size, language, theme):
    lab = open_lab(size, language, theme)
    page = lab.open("/#data.name=xor&view.preset=stocks")
    page.locator("[data-keep=question-answer]").click()
    check(page)
    if size[0] < 760:
        page.get_by_role("tab").nth(1).click()
    page.locator("[data-keep=gallery]").click()
    expect(page.locator("canvas[data-drawn]")).to_have_count(len(PRESETS))
    check(page)


def check(page):
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
