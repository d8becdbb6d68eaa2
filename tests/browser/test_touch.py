"""Fingers: what is pressed is 44 px at least, the timeline is dragged, a tap reads what a mouse
hovers, and pinching is left alone."""

import re

import pytest
from playwright.sync_api import expect

TABLET, PHONE = (1024, 768), (390, 844)
NARROW = (820, 1180)

# every control that is smaller than a finger, with the margin that may be drawn around it
SMALL = """() => [...document.querySelectorAll(
    'button, a[href], select, input:not([type=file]), summary, [role=slider]')]
  .filter(e => e.checkVisibility({ visibilityProperty: true })
    && !(e.tabIndex < 0 && !e.matches('.neuron, .bias, [role=tab]')))
  .map((e) => {
    const box = (e.matches('[type=checkbox]') && e.closest('label') || e).getBoundingClientRect();
    const around = getComputedStyle(e, '::after');
    const has = around.content !== 'none' && around.position === 'absolute';
    const width = Math.max(box.width, has ? parseFloat(around.width) : 0);
    const height = Math.max(box.height, has ? parseFloat(around.height) : 0);
    return [e.dataset.keep ?? e.getAttribute('aria-label') ?? e.textContent.trim(), width, height];
  })
  .filter(([, width, height]) => width > 0 && Math.min(width, height) < 43.5)"""


def touched(open_lab, size, **options):
    return open_lab(size, has_touch=True, is_mobile=True, **options)


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [TABLET, NARROW, PHONE], ids=["tablet", "narrow", "phone"])
def test_nothing_is_too_small_for_a_finger(open_lab, size, language):
    lab = touched(open_lab, size, language=language)
    page = lab.open()
    tabs = page.locator("#app > .tabs [role=tab]")
    for at in range(tabs.count() if size == PHONE else 1):
        if size == PHONE:
            tabs.nth(at).tap()
        assert page.evaluate(SMALL) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inside = """[...document.querySelectorAll('.bar button')].filter(e => e.offsetParent)
      .every(e => e.getBoundingClientRect().right <= innerWidth)"""
    assert page.evaluate(inside)


def test_with_a_mouse_controls_stay_small(lab):
    assert len(lab.page.evaluate(SMALL)) > 20
    assert lab.page.locator("link[href$='touch.css']").count() == 0


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_the_timeline_is_dragged_by_a_finger(open_lab, size):
    lab = touched(open_lab, size)
    page = lab.open()
    page.get_by_role("button", name="Play", exact=True).tap()
    lab.wait_for_step(300)
    page.get_by_role("button", name="Pause").tap()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    end = lab.number("step")
    box = page.get_by_test_id("timeline").bounding_box()
    assert box is not None
    client = page.context.new_cdp_session(page)
    y = box["y"] + 14

    def touch(kind, x):
        points = [] if x is None else [{"x": x, "y": y}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", box["x"] + box["width"] * 0.7)
    for share in range(69, 30, -1):
        touch("touchMove", box["x"] + box["width"] * share / 100)
    touch("touchEnd", None)
    target = int(page.get_by_test_id("timeline").get_attribute("aria-valuenow") or -1)
    lab.wait_until_step_is(target)
    assert 0 < target < 0.7 * end


def test_a_tap_reads_the_curve_and_one_elsewhere_lets_go(open_lab):
    lab = touched(open_lab, TABLET)
    page = lab.open()
    page.get_by_role("button", name="Play", exact=True).tap()
    lab.wait_for_step(200)
    page.get_by_role("button", name="Pause").tap()
    chart = page.locator(".loss-chart")
    chart.scroll_into_view_if_needed()
    chart.tap()
    card = page.locator(".chart-card")
    expect(card).to_be_visible()
    expect(card.locator(".chart-card-step")).to_have_text(re.compile(r"step \d+"))
    page.locator(".output h2").tap()
    expect(card).to_be_hidden()


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_a_tap_on_a_bias_shows_what_a_mouse_would_hover(open_lab, size):
    lab = touched(open_lab, size)
    page = lab.open()
    page.locator(".bias").first.tap()
    expect(page.locator(".net-card")).to_be_visible()
    expect(page.locator(".net-card dd").first).to_have_text("0.0000")


def test_pinching_is_left_to_the_browser(open_lab):
    lab = touched(open_lab, PHONE)
    page = lab.open("/#data.name=points")
    page.locator(".brush").first.wait_for()
    viewport = page.locator("meta[name=viewport]").get_attribute("content")
    assert "user-scalable" not in viewport and "maximum-scale" not in viewport
    held = page.locator("#app *").evaluate_all(
        "all => all.map(e => getComputedStyle(e).touchAction)"
        ".filter(action => !/auto|manipulation|pinch-zoom/.test(action))"
    )
    assert held == []
