"""The projector and the net alone: everything is larger, fewer controls are left, pointers still
meet what they point at, the address keeps it, Escape leaves."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious

PROJECTORS = [(1280, 720), (1920, 1080), (1024, 768)]
SMALLEST = 16.5  # pixels of a 720 px high screen

TEXTS = """() => {
  const scale = Number(getComputedStyle(document.documentElement).getPropertyValue("--scale"));
  const walker = document.createTreeWalker(document.getElementById("app"), NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const isSeen = node.data.trim() && element.checkVisibility({ visibilityProperty: true })
      && !element.closest(".visually-hidden, [popover], option, table")
      && element.getBoundingClientRect().width > 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * scale;
    if (isSeen) found.push([node.data.trim().slice(0, 30), size]);
  }
  return found;
}"""


def mode(page):
    return page.evaluate("document.documentElement.dataset.mode ?? null")


@pytest.mark.parametrize("size", PROJECTORS, ids=["720p", "1080p", "xga"])
def test_nothing_on_a_projector_is_small(open_lab, size):
    lab = open_lab(size)
    page = lab.open("/#view.mode=projector")
    page.keyboard.press("s")
    lab.wait_until_step_is(1)
    texts = page.evaluate(TEXTS)
    assert len(texts) > 15
    share = min(size[1] / 720, size[0] / 1280)
    small = [(words, pixels) for words, pixels in texts if pixels < SMALLEST * share]
    assert small == []
    losses = page.get_by_test_id("test-loss").evaluate(
        "e => parseFloat(getComputedStyle(e).fontSize)"
    )
    assert (
        losses
        * page.evaluate(
            "Number(getComputedStyle(document.documentElement).getPropertyValue('--scale'))"
        )
        >= 30 * share
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_lines_are_thicker_and_controls_fewer(open_lab):
    lab = open_lab((1280, 720))
    page = lab.open()

    def widest():
        return page.locator(".edge-hit").evaluate_all(
            "all => Math.max(...all.map("
            "(e) => Number(e.dataset.stroke.split(' ')[1]) * e.getScreenCTM().a))"
        )

    usual, controls = (
        widest(),
        page.locator("button:visible, select:visible, input:visible").count(),
    )
    page.get_by_role("button", name="Show for a projector").click()
    lab.until("document.documentElement.dataset.mode === 'projector'")
    lab.ready()
    assert widest() > 1.6 * usual
    assert page.locator("button:visible, select:visible, input:visible").count() < controls / 2
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.locator(".mode-summary")).to_have_text("Circle, 2-4-2-1, tanh, rate 0.03")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["projector", "net"])
def test_a_link_opens_it_axe_is_content_and_escape_leaves(open_lab, name, theme):
    lab = open_lab((1280, 720), "zh-CN" if theme == "dark" else "en-US", theme)
    page = lab.open(f"/#view.mode={name}")
    lab.until(f"document.documentElement.dataset.mode === '{name}'")
    assert serious(page) == []
    page.keyboard.press("Escape")
    lab.until("!document.documentElement.dataset.mode")
    assert "mode" not in page.url
    expect(page.locator("[data-view=data]")).to_be_visible()


def test_escape_lets_go_of_a_number_first(open_lab):
    lab = open_lab((1280, 720))
    page = lab.open("/#view.mode=projector")
    lab.until("document.documentElement.dataset.mode === 'projector'")
    lab.ready()
    page.locator(".neuron:not(.input)").first.click()
    expect(page.locator(".net-card")).to_be_visible()
    page.locator("body").press("Escape")
    expect(page.locator(".net-card")).to_be_hidden()
    assert mode(page) == "projector"
    page.locator("body").press("Escape")
    lab.until("!document.documentElement.dataset.mode")


def test_the_net_alone_has_the_whole_window(open_lab):
    lab = open_lab((1440, 900))
    page = lab.open()
    before = page.locator(".net-stage").bounding_box()
    page.get_by_role("button", name="The net alone").click()
    lab.until("document.documentElement.dataset.mode === 'net'")
    lab.ready()
    after = page.locator(".net-stage").bounding_box()
    assert after["width"] > 1.5 * before["width"]
    page.get_by_role("button", name="Leave").click()
    lab.until("!document.documentElement.dataset.mode")
    lab.ready()
    assert page.locator(".net-stage").bounding_box()["width"] == pytest.approx(before["width"])


def test_pointers_meet_what_they_point_at_on_a_projector(open_lab):
    lab = open_lab((1920, 1080))
    page = lab.open("/#view.mode=projector")
    lab.until("document.documentElement.dataset.mode === 'projector'")
    for _ in range(40):
        page.keyboard.press("s")
    lab.wait_until_step_is(40)
    line = page.locator(".timeline").bounding_box()
    page.mouse.click(line["x"] + line["width"] / 2, line["y"] + line["height"] / 3)
    lab.until("document.querySelector('[data-testid=step]').dataset.value < 40")
    assert 10 < lab.number("step") < 30  # the line ends somewhat beyond the last step
    line = page.locator(".net-picture .edge-hit").first
    middle = line.evaluate(
        "e => { const p = e.getPointAtLength(e.getTotalLength() / 2), m = e.getScreenCTM();"
        " return [p.x * m.a + m.e, p.y * m.d + m.f]; }"
    )
    page.mouse.move(*middle)
    expect(page.locator(".net-card")).to_be_visible()
    card = page.locator(".net-card").bounding_box()
    assert abs(card["x"] + card["width"] / 2 - middle[0]) < 500
    assert card["x"] > 0 and card["y"] > 0
    picture = page.locator(".output-picture").bounding_box()
    before = page.evaluate("location.hash")
    page.mouse.click(
        picture["x"] + picture["width"] * 0.55, picture["y"] + picture["height"] * 0.45
    )
    page.wait_for_timeout(200)
    assert page.evaluate("location.hash") == before  # a click on a sample chooses it, no more


def test_a_phone_has_no_projector(open_lab):
    lab = open_lab((390, 844))
    page = lab.open()
    expect(page.get_by_role("button", name="Show for a projector")).to_be_hidden()
    expect(page.get_by_role("button", name="The net alone")).to_be_hidden()
    page.goto(lab.url + "/#view.mode=projector")
    lab.ready()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
