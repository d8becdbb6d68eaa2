"""The net edited by hand: neurons cut out and put back, numbers frozen, while it trains, too."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from engine import Spec, Trainer
from tests.browser.axe import serious
from tests.browser.conftest import Lab
from tests.browser.test_explain import click_edge

WEIGHT = '{"kind":"weight","layer":0,"index":2,"from":1}'
CUT = "/#network.layers=4-tanh-cut1,2-tanh,1-tanh"
HELD = "/#network.layers=4-tanh-cut1-frozen0_0.1_2.2,2-tanh-frozen,1-tanh"


def neuron(page: Page, layer: int, index: int) -> Locator:
    return page.locator(f"""[data-place='{{"kind":"neuron","layer":{layer},"index":{index}}}']""")


def panel(page: Page) -> Locator:
    return page.locator("[data-view=explain]")


def undo(page: Page) -> Locator:
    return page.locator("[data-keep=undo]")


def layers(**first: object) -> dict[str, object]:
    return {"network": {"layers": [{"units": 4, **first}, {"units": 2}, {}]}}


def losses_agree(lab: Lab, step: int, **first: object) -> None:
    """The page's test loss is that of an engine of our own."""
    trainer = Trainer(Spec.parse(layers(**first)))
    trainer.run(step)
    expected = float(trainer.evaluate()["test_loss"])
    shown = "Number(document.querySelector('[data-testid=test-loss]').dataset.value)"
    lab.until(
        f"Math.abs({shown} - {expected!r}) <= 1e-12 * {expected!r}"
    )  # its frame may be on the way


# --- neurons cut out ---


def test_a_neuron_is_cut_out_on_its_panel_and_put_back_with_one_click(lab: Lab) -> None:
    page = lab.page
    neuron(page, 0, 1).click()
    panel(page).get_by_role("button", name="Cut it out").click()
    expect(neuron(page, 0, 1)).to_have_attribute("data-cut", "true")
    expect(neuron(page, 0, 1)).to_have_accessible_name("Neuron 1.2, cut out")
    lab.until("location.hash.includes('network.layers=4-tanh-cut1,2-tanh,1-tanh')")
    expect(undo(page)).to_have_attribute("title", re.compile("Undo: 1.2 cut out"))
    losses_agree(lab, 0, cut=[1])
    page.get_by_role("button", name="Put neuron 1.2 back").click()
    expect(neuron(page, 0, 1)).to_have_attribute("data-cut", "false")
    expect(neuron(page, 0, 1)).to_be_focused()
    expect(page.locator(".neuron-restore")).to_have_count(0)
    lab.until("!location.hash.includes('cut')")
    losses_agree(lab, 0)


def test_a_link_brings_the_cut_and_training_goes_round_it(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab()
    page = lab.open(CUT)
    expect(neuron(page, 0, 1)).to_have_attribute("data-cut", "true")
    lines = page.locator(".edge-hit[data-held=cut]")
    expect(lines).to_have_count(2 + 2)  # two that reach it, two that leave it
    for _ in range(5):
        page.keyboard.press("s")
    lab.wait_until_step_is(5)
    losses_agree(lab, 5, cut=[1])


def test_delete_cuts_the_focused_neuron_and_gives_it_back(lab: Lab) -> None:
    page = lab.page
    neuron(page, 1, 0).focus()
    page.keyboard.press("Delete")
    expect(neuron(page, 1, 0)).to_have_attribute("data-cut", "true")
    page.keyboard.press("Delete")
    expect(neuron(page, 1, 0)).to_have_attribute("data-cut", "false")
    neuron(page, 2, 0).focus()  # an output stays
    page.keyboard.press("Delete")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    expect(page.locator(".neuron[data-cut=true]")).to_have_count(1)
    assert lab.page.evaluate("location.hash").count("cut") == 1


def test_a_neuron_is_cut_out_while_it_trains(lab: Lab) -> None:
    page = lab.page
    page.keyboard.press(" ")
    lab.wait_for_step(20)
    neuron(page, 0, 2).focus()
    page.keyboard.press("Delete")
    expect(neuron(page, 0, 2)).to_have_attribute("data-cut", "true")
    step = lab.number("step")
    lab.wait_for_step(int(step) + 20)
    page.get_by_role("button", name="Pause").click()
    undo(page).click()
    expect(neuron(page, 0, 2)).to_have_attribute("data-cut", "false")
    lab.until(f"document.querySelector('[data-testid=step]').dataset.value <= {step}")
    assert lab.number("step") >= 20


def test_the_output_cannot_be_cut_and_says_so_by_having_no_button(lab: Lab) -> None:
    page = lab.page
    neuron(page, 2, 0).click()
    expect(panel(page).get_by_role("checkbox", name="Freeze its weights and bias")).to_be_visible()
    expect(panel(page).get_by_role("button", name="Cut it out")).to_have_count(0)


def test_a_cut_neuron_says_where_its_0_comes_from(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab()
    page = lab.open(CUT)
    neuron(page, 0, 1).click()
    expect(panel(page).get_by_test_id("explain-value")).to_have_attribute("data-value", "0")
    expect(panel(page).get_by_text("Whether 1.2 takes part")).to_be_visible()
    expect(panel(page).get_by_text("no gradient comes back through it")).to_be_visible()


# --- frozen numbers ---


def test_a_weight_is_frozen_and_stands_still(lab: Lab) -> None:
    page = lab.page
    click_edge(page, WEIGHT)
    box = panel(page).get_by_role("checkbox", name="Frozen", exact=True)
    box.check()
    expect(page.locator(".edge-lock")).to_have_count(1)
    expect(panel(page).get_by_text("Training leaves it alone.")).to_be_visible()
    expect(panel(page).get_by_text("a parameter, it learns")).to_be_hidden()
    value = panel(page).get_by_test_id("explain-value").get_attribute("data-value")
    page.keyboard.press("Escape")
    for _ in range(4):
        page.keyboard.press("s")
    lab.wait_until_step_is(4)
    losses_agree(lab, 4, frozen=[[1, 2]])
    click_edge(page, WEIGHT)
    expect(panel(page).get_by_test_id("explain-value")).to_have_attribute("data-value", value or "")
    box.uncheck()
    expect(page.locator(".edge-lock")).to_have_count(0)
    expect(undo(page)).to_have_attribute("title", re.compile("Undo: Weight x₂ → 1.3 thawed"))


def test_a_whole_neuron_and_a_whole_layer_are_frozen(lab: Lab) -> None:
    page = lab.page
    neuron(page, 1, 0).click()
    panel(page).get_by_role("checkbox", name="Freeze its weights and bias").check()
    expect(page.locator(".edge-lock")).to_have_count(4)
    expect(page.get_by_role("button", name="Bias 2.1, frozen")).to_be_visible()
    lab.until("location.hash.includes('2-tanh-frozen0.0_0.1_0.2_0.3_0')")
    page.get_by_role("button", name=re.compile("More of layer 2")).click()
    page.get_by_role("checkbox", name="Freeze the layer: nothing in it learns").check()
    lab.until("location.hash.includes('2-tanh-frozen,')")
    expect(page.locator(".layer-words")).to_have_text("frozen")
    page.keyboard.press("Escape")
    expect(panel(page).get_by_role("checkbox", name="Freeze its weights and bias")).to_be_checked()


def test_words_and_shapes_in_chinese(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(language="zh-CN")
    page = lab.open(HELD)
    expect(neuron(page, 0, 1)).to_have_accessible_name(re.compile("已剪除"))
    expect(page.get_by_role("button", name="恢复神经元 1.2")).to_be_visible()
    neuron(page, 0, 1).click()
    expect(panel(page).get_by_role("button", name="恢复它")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_axe_finds_nothing_serious(
    open_lab: Callable[..., Lab], size: tuple[int, int], theme: str
) -> None:
    lab = open_lab(size=size, theme=theme)
    page = lab.open(HELD)
    expect(page.locator(".neuron-restore")).to_have_count(1)
    neuron(page, 0, 1).click()
    expect(panel(page).get_by_role("button", name="Put it back")).to_be_visible()
    page.wait_for_timeout(300)  # the panel has come up
    assert serious(page) == []
    numbers = page.locator(".explain-numbers")
    assert numbers.evaluate("(e) => e.scrollWidth <= e.clientWidth")


# --- a weight or a bias is dragged ---


def handle(page: Page) -> Locator:
    return page.get_by_role("slider", name=re.compile("^(Weight|Bias) "))


def drag(page: Page, locator: Locator, up: int, keep: bool = False) -> None:
    """By so many pixels upwards, in steps as a hand makes them."""
    box = locator.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for part in range(1, 6):
        page.mouse.move(x, y - up * part / 5)
    if not keep:
        page.mouse.up()


def shown(page: Page) -> float:
    return float(handle(page).get_attribute("aria-valuenow") or "nan")


def test_a_weight_is_dragged_by_its_handle_and_one_undo_takes_it_back(lab: Lab) -> None:
    page = lab.page
    click_edge(page, WEIGHT)
    expect(handle(page)).to_have_accessible_name("Weight x₂ → 1.3")
    before = shown(page)
    drag(page, handle(page), 60)
    lab.until(f"Number(document.querySelector('.net-handle').ariaValueNow) > {before + 0.55}")
    assert shown(page) == pytest.approx(before + 0.6, abs=1e-4)
    trainer = Trainer(Spec.parse({}))
    trainer.set_parameter("layers.0.weight", (1, 2), shown(page))
    lab.until(
        "document.querySelector('[data-testid=test-loss]').dataset.value"
        f" - {trainer.evaluate()['test_loss']} < 1e-9"
    )
    expect(panel(page)).to_be_visible()  # the click that ends a drag closes nothing
    page.keyboard.down("Shift")
    drag(page, handle(page), 60)
    page.keyboard.up("Shift")
    lab.until(f"Number(document.querySelector('.net-handle').ariaValueNow) > {before + 0.65}")
    assert shown(page) == pytest.approx(before + 0.66, abs=1e-4)
    undo(page).click()
    lab.until(
        f"Math.abs(document.querySelector('.net-handle').ariaValueNow - {before + 0.6}) < 1e-3"
    )
    undo(page).click()
    lab.until(f"document.querySelector('.net-handle').ariaValueNow === '{before}'")
    expect(undo(page)).to_have_attribute("aria-disabled", "true")


def test_the_line_itself_is_dragged_and_a_click_on_it_still_lets_go(lab: Lab) -> None:
    page = lab.page
    click_edge(page, WEIGHT)
    expect(panel(page).get_by_text("both agree")).to_be_visible()
    page.wait_for_timeout(300)  # the net has given way to the panel
    before = shown(page)
    line = page.locator(f".edge-hit[data-place='{WEIGHT}']")
    x, y = line.evaluate(
        """(edge) => {
          const box = edge.ownerSVGElement.getBoundingClientRect();
          const at = edge.getPointAtLength(edge.getTotalLength() * 0.12);
          return [at.x + box.x, at.y + box.y];
        }"""
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 10)
    page.mouse.move(x, y + 40)
    page.mouse.up()
    lab.until(f"Number(document.querySelector('.net-handle').ariaValueNow) < {before - 0.35}")
    expect(panel(page)).to_be_visible()
    page.mouse.click(x, y)
    expect(panel(page)).to_be_hidden()
    expect(handle(page)).to_have_count(0)


def test_a_bias_is_dragged_while_it_trains_and_undo_leads_back_to_the_beginning(lab: Lab) -> None:
    page = lab.page
    page.get_by_role("button", name="Bias 1.1").click()
    expect(handle(page)).to_have_accessible_name("Bias 1.1")
    page.get_by_role("button", name="Play").click()
    lab.wait_for_step(20)
    drag(page, handle(page), 80, keep=True)
    here = lab.number("step")
    page.wait_for_timeout(200)
    box = handle(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] - 200)
    page.wait_for_timeout(200)
    page.mouse.up()
    lab.wait_for_step(int(here) + 100)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()
    undo(page).click()
    lab.until(f"Number(document.querySelector('[data-testid=step]').dataset.value) <= {here}")
    expect(undo(page)).to_have_attribute("aria-disabled", "true")


def test_arrow_keys_move_the_chosen_weight(lab: Lab) -> None:
    page = lab.page
    click_edge(page, WEIGHT)
    before = shown(page)
    handle(page).focus()
    page.keyboard.press("ArrowUp")
    lab.until(
        f"Math.abs(document.querySelector('.net-handle').ariaValueNow - {before + 0.1}) < 1e-6"
    )
    page.keyboard.press("Alt+ArrowDown")
    lab.until(
        f"Math.abs(document.querySelector('.net-handle').ariaValueNow - {before + 0.09}) < 1e-6"
    )
    expect(handle(page)).to_be_focused()


def test_a_finger_drags_too(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(size=(390, 844), has_touch=True, is_mobile=True)
    page = lab.open()
    page.get_by_role("button", name="Bias 1.1").tap()
    expect(handle(page)).to_be_visible()
    box = handle(page).bounding_box()
    assert box is not None and box["width"] >= 44 and box["height"] >= 44
    before = shown(page)
    drag(page, handle(page), 50)
    lab.until(f"Number(document.querySelector('.net-handle').ariaValueNow) > {before + 0.4}")
