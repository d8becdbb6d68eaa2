"""What holds for every page: names, languages, sizes, themes, the keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious
from tests.browser.conftest import until
from tests.browser.screens import DESK, PHONE, TABLET, on_every_screen
from tests.words import words as read_words


def test_controls_carry_their_names(lab):
    page = lab.page
    buttons = [
        "Play",
        "Step",
        "Reset",
        "Add layer",
        "Remove layer",
        "Add neuron to layer 1",
        "Remove neuron from layer 2",
    ]
    for name in buttons:
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    for name in [
        "Data set",
        "Optimizer",
        "Loss",
        "Activation of layer 1",
        "Activation of layer 2",
        "Activation of layer 3",
    ]:
        expect(page.get_by_role("combobox", name=name, exact=True)).to_have_count(1)
    for name in ["Learning rate", "Batch size", "Noise", "Seed"]:
        expect(page.get_by_role("spinbutton", name=name, exact=True)).to_have_count(1)
    for test_id in ["step", "epoch", "train-loss", "test-loss"]:
        expect(page.get_by_test_id(test_id)).to_have_count(1)


@on_every_screen
def test_axe_finds_nothing_serious(open_lab, size, language, theme):
    lab = open_lab(size, language, theme)
    page = lab.open()
    page.keyboard.press("s")
    lab.wait_until_step_is(1)
    assert serious(page) == []


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_nothing_scrolls_sideways_or_is_cut(open_lab, size, language):
    lab = open_lab(size, language)
    page = lab.open()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    cut = page.evaluate(
        """() => [...document.querySelectorAll('button, label, h1, h2, h3, dt, dd, .select')]
          .filter((e) => e.offsetParent && getComputedStyle(e).overflowX !== 'visible')
          .filter((e) => e.scrollWidth > e.clientWidth + 1)
          .map((e) => e.textContent.trim().slice(0, 40))"""
    )
    assert cut == []


def flat(words, path=""):
    for key, value in words.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{key}.")
        else:
            yield path + key, value


def test_the_language_changes_without_a_reload_and_every_word_with_it(lab):
    page = lab.page
    lab.page.get_by_role("button", name="Play").click()
    lab.wait_for_step(100)
    lab.page.get_by_role("button", name="Pause").click()
    page.evaluate("window.stillTheSamePage = true")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("button", name="播放")).to_be_visible()
    assert page.evaluate("window.stillTheSamePage") is True
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert lab.number("step") >= 100, "the run is kept"

    english = dict(flat(read_words("en")))
    chinese = dict(flat(read_words("zh")))
    left_over = {
        text
        for key, text in english.items()
        if chinese[key] != text and "{" not in text and not key.startswith("catalog.classes")
    }
    shown = page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const texts = [];
          while (walker.nextNode()) texts.push(walker.currentNode.data.trim());
          for (const e of document.querySelectorAll('[aria-label],[title]'))
            texts.push(e.getAttribute('aria-label'), e.getAttribute('title'));
          return texts.filter(Boolean);
        }"""
    )
    assert left_over.isdisjoint(shown), left_over.intersection(shown)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_language_and_theme_of_the_machine_are_taken_and_a_choice_is_remembered(open_lab):
    lab = open_lab(language="zh-CN", theme="dark")
    page = lab.open()
    expect(page.get_by_role("button", name="播放")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_role("button", name="切换到浅色").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.reload()
    lab.ready()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_the_whole_flow_by_keyboard_alone(lab):
    page = lab.page

    def tab_to(name, role="button", most=80):
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.get_by_role(role, name=name, exact=True).evaluate_all(
                "(found) => found.includes(document.activeElement)"
            ):
                return
        raise AssertionError(f"Tab never reached {name}")

    tab_to("Play")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    lab.wait_for_step(50)
    page.keyboard.press("Enter")
    tab_to("Step")
    page.keyboard.press("Enter")
    tab_to("Data set", "combobox")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("xor")
    tab_to("Learning rate", "spinbutton")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.05")
    tab_to("Add neuron to layer 1")
    page.keyboard.press("Enter")
    expect(page.locator(".neuron")).to_have_count(2 + 5 + 2 + 1)
    expect(page.get_by_role("button", name="Add neuron to layer 1")).to_be_focused()
    tab_to("Add layer")
    page.keyboard.press("Enter")
    expect(page.locator(".neuron")).to_have_count(2 + 5 + 2 + 2 + 1)


def test_shortcuts_train_step_and_reset(lab):
    page = lab.page
    page.locator("body").click(position={"x": 700, "y": 20})
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    lab.wait_for_step(20)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.keyboard.press("r")
    lab.wait_until_step_is(0)
    page.keyboard.press("s")
    lab.wait_until_step_is(1)


def test_the_phone_has_everything_behind_tabs(open_lab):
    lab = open_lab((390, 844), has_touch=True)
    page = lab.open()
    page.get_by_role("button", name="Play").tap()
    lab.wait_for_step(100)
    page.get_by_role("tab", name="Data").tap()
    page.get_by_role("combobox", name="Data set").select_option("xor")
    page.get_by_role("tab", name="Training").tap()
    page.get_by_role("combobox", name="Optimizer").select_option("adam")
    page.get_by_role("tab", name="Net").tap()
    expect(page.locator(".neuron")).to_have_count(9)
    page.locator(".neuron").nth(3).tap()
    expect(page.locator("[data-view=explain]")).to_be_visible()


def test_the_first_visit_is_small_and_the_second_comes_from_the_cache(browser, server_url):
    context = browser.new_context()  # not a Lab: refusing foreign requests turns the cache off
    page = context.new_page()
    loaded = (
        "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
        ".reduce((sum, entry) => sum + entry.transferSize, 0)"
    )
    ready = "document.querySelector('.neuron-pictures')?.width > 0"
    page.goto(server_url)
    until(page, ready)
    first = page.evaluate(loaded)
    page.reload()
    until(page, ready)
    second = page.evaluate(loaded)
    context.close()
    assert first < 150_000
    assert second < 5_000


APART = """selector => {
  const boxes = [...document.querySelectorAll(selector)].map((e) => e.getBoundingClientRect())
    .filter((box) => box.width > 0);
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return boxes.length > 1 && boxes.every((a, i) => boxes.slice(i + 1).every((b) => !over(a, b)));
}"""


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (1180, 760), (1024, 768), (390, 844)])
@pytest.mark.parametrize("layers", ["4-tanh,2-tanh,1-tanh", "8-leaky_relu,8-sigmoid,8-relu,1-tanh"])
def test_the_controls_over_the_net_stand_apart(open_lab, size, layers):
    lab = open_lab(size)
    lab.open(f"/#network.layers={layers}")
    assert lab.page.evaluate(APART, ".net-controls > :is(button, select)")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)])
def test_the_ways_out_of_a_divergence_stand_apart_from_all_else(open_lab, size, language):
    lab = open_lab(size, language)
    lab.open("/#network.layers=8-relu,1-linear&optimizer.learning_rate=50")
    lab.page.locator(".button.play").click()
    lab.until("document.querySelectorAll('.notice-actions .button').length === 2")
    assert lab.page.evaluate(APART, ".now .button, .now .to-step, .now .notice-words:not(:empty)")
