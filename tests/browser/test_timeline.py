"""Time travel as a reader does it: any step of the run by hand, keys or number; branches; undo and
redo; runs that are named, kept, laid over one another; numbers set by value."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious

READ_OUTS = ["step", "epoch", "train-loss", "test-loss", "test-accuracy"]


def go_to(lab, step):
    field = lab.page.get_by_role("spinbutton", name="Go to step")
    field.fill(str(step))
    field.press("Enter")
    lab.wait_until_step_is(step)


def train_to(lab, step):
    """Exactly to a step: a little beyond it, and back."""
    lab.page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(step)
    lab.page.get_by_role("button", name="Pause").click()
    expect(lab.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    lab.page.wait_for_timeout(200)
    go_to(lab, step)


def everything(lab):
    """All numbers of the moment, to the last digit, and the pictures of all neurons."""
    lab.page.wait_for_timeout(150)  # the frame of the moment has been drawn
    return {
        **{name: lab.page.get_by_test_id(name).get_attribute("data-value") for name in READ_OUTS},
        "biases": lab.page.locator(".bias-value").all_inner_texts(),
        "pictures": lab.page.locator(".neuron-pictures").evaluate_all(
            "(all) => all.map((canvas) => canvas.toDataURL())"
        ),
    }


def branch(lab):
    """Run 1 to about 1200; run 2 from step 400 on with another rate, to about 500: however late a
    pause comes, it ends before the first."""
    train_to(lab, 1200)
    go_to(lab, 400)
    lab.set_field("Learning rate", "0.1")
    expect(
        lab.page.get_by_role("status").filter(has_text="Run 2 begins at step 400")
    ).to_be_visible()
    train_to(lab, 500)


def open_runs(lab):
    lab.page.get_by_role("button", name=re.compile(r"^Runs: ")).click()
    return lab.page.get_by_role("group", name="Runs", exact=True)


def head(lab):
    return int(lab.page.get_by_test_id("timeline").get_attribute("aria-valuemax"))


def test_back_in_time_and_on_again_gives_the_same_numbers(lab):
    train_to(lab, 900)
    end = everything(lab)
    go_to(lab, 317)
    earlier = everything(lab)
    assert earlier["train-loss"] != end["train-loss"] and earlier["pictures"] != end["pictures"]
    go_to(lab, 0)
    lab.page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(950)
    lab.page.get_by_role("button", name="Pause").click()
    lab.page.wait_for_timeout(200)
    go_to(lab, 900)
    assert everything(lab) == end
    go_to(lab, 317)
    assert everything(lab) == earlier


def test_a_drag_follows_the_hand_and_stops_the_run(lab):
    train_to(lab, 800)
    page, slider = lab.page, lab.page.get_by_test_id("timeline")
    page.get_by_role("button", name="Play", exact=True).click()
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 13)
    page.mouse.down()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()  # it stands still
    seen = set()
    for part in range(30, 60):
        page.mouse.move(box["x"] + box["width"] * part / 100, box["y"] + 13)
        seen.add(lab.number("step"))
    page.mouse.up()
    assert len(seen) > 5, "the picture follows while it is dragged"
    target = int(slider.get_attribute("aria-valuenow"))
    lab.wait_until_step_is(target)
    assert 300 < target < head(lab)


def test_the_timeline_is_a_slider_for_the_keyboard(lab):
    train_to(lab, 500)
    page, slider = lab.page, lab.page.get_by_role("slider", name="Timeline")
    furthest = head(lab)
    slider.focus()
    for key, step in [
        ("ArrowLeft", 499),
        ("ArrowRight", 500),
        ("Shift+ArrowLeft", 490),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", furthest),
        ("PageDown", furthest - round(furthest * 0.1)),
        ("PageUp", furthest),
    ]:
        page.keyboard.press(key)
        lab.wait_until_step_is(step)
    expect(slider).to_have_attribute("aria-valuetext", f"step {furthest:,} of {furthest:,}")
    expect(slider).to_be_focused()


def test_keys_held_down_count_every_press(lab):
    train_to(lab, 500)
    lab.page.get_by_role("slider", name="Timeline").focus()
    for _ in range(40):
        lab.page.keyboard.press("ArrowLeft")
    lab.wait_until_step_is(460)


def test_a_step_that_is_not_there_is_refused_in_words(lab):
    train_to(lab, 100)
    field = lab.page.get_by_role("spinbutton", name="Go to step")
    field.fill("99999")
    field.press("Enter")
    expect(lab.page.get_by_role("alert").filter(has_text="whole numbers from 0 to")).to_be_visible()
    assert lab.number("step") == 100
    field.press("Escape")
    expect(lab.page.get_by_role("alert").filter(has_text="whole numbers")).to_be_hidden()
    expect(field).to_have_value("100")


def test_playing_in_the_past_is_said_to_be_a_replay(lab):
    train_to(lab, 2000)
    go_to(lab, 200)
    expect(lab.page.get_by_role("status").filter(has_text="At step 200 of")).to_be_visible()
    lab.page.get_by_role("combobox", name="Speed").select_option("100")
    lab.page.get_by_role("button", name="Play", exact=True).click()
    expect(lab.page.get_by_text("Replaying steps 200 to")).to_be_visible()


def test_a_change_in_the_past_begins_a_branch_and_both_runs_stay(lab):
    branch(lab)
    second = everything(lab)
    runs = open_runs(lab)
    expect(runs.get_by_role("listitem")).to_have_count(2)
    expect(runs.get_by_test_id("run-2")).to_contain_text(
        "Run 1 until step 400 · Learning rate 0.03 → 0.1"
    )
    expect(runs.get_by_test_id("run-1")).to_contain_text("from the beginning")
    expect(runs.get_by_role("checkbox", name="Curve of Run 1")).to_be_checked()
    table = lab.page.get_by_role("table", name="Losses as a table")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Step", "Train loss", "Test loss", "Test loss of Run 1"]
    )
    at_first = table.get_by_role("row").nth(1).get_by_role("cell").all_inner_texts()
    assert at_first[1] == at_first[2], "until they part, both curves are one"
    runs.get_by_role("button", name="Go to Run 1").click()
    expect(runs.get_by_role("button", name="Go to Run 1")).to_have_text("Shown")
    lab.page.keyboard.press("Escape")
    lab.until("document.querySelector('[data-testid=timeline]').ariaValueText.startsWith('Run 1')")
    expect(lab.page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.03")
    go_to(lab, 500)
    assert everything(lab)["train-loss"] != second["train-loss"]
    open_runs(lab).get_by_role("button", name="Go to Run 2").click()
    lab.page.keyboard.press("Escape")
    lab.wait_until_step_is(500)
    expect(lab.page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.1")
    assert everything(lab) == second


def test_a_click_on_another_run_below_the_timeline_goes_there(lab):
    branch(lab)
    timeline = lab.page.get_by_test_id("timeline")
    box = timeline.bounding_box()
    assert box is not None
    end = float(timeline.get_attribute("aria-valuemax"))
    for part in range(90, 10, -2):  # where its line is depends on how far both runs have come
        lab.page.mouse.move(box["x"] + box["width"] * part / 100, box["y"] + 28)
        if timeline.get_attribute("data-other") == "true":
            break
    lab.page.mouse.down()
    lab.page.mouse.up()
    lab.until("document.querySelector('[data-testid=timeline]').ariaValueText.startsWith('Run 1')")
    assert end > 0 and lab.number("step") >= 400


def test_hovering_the_curves_tells_step_and_loss_of_each(lab):
    branch(lab)
    chart = lab.page.locator(".loss-chart")
    chart.focus()
    lab.page.keyboard.press("ArrowLeft")
    card = lab.page.locator(".chart-card")
    expect(card).to_contain_text("step")
    expect(card.locator("dt")).to_have_text(["test", "train", "1Run 1"])
    expect(card.locator("dd", has_text="–")).to_have_count(
        0
    )  # until the other run's curve has come
    for number in card.locator("dd").all_inner_texts():
        assert re.match(r"\d\.\d{4}|\d(\.\d)?×10", number)
    lab.page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_axes_are_logarithmic_or_linear_and_that_is_in_the_address(lab):
    steps = lab.page.get_by_role("group", name="Step axis")
    steps.get_by_role("button", name="Log").click()
    lab.until("location.hash.includes('view.steps=log')")
    lab.page.reload()
    lab.ready()
    expect(steps.get_by_role("button", name="Log")).to_have_attribute("aria-pressed", "true")


def test_undo_and_redo_name_what_they_change(lab):
    page = lab.page
    undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    expect(undo).to_have_attribute("title", "There is nothing to undo yet")
    expect(undo).to_have_attribute("aria-disabled", "true")
    lab.set_field("Learning rate", "0.1")
    lab.set_field("Batch size", "20")
    expect(undo).to_have_attribute("title", re.compile("^Undo: Batch size "))
    undo.click()
    expect(page.get_by_role("spinbutton", name="Batch size")).to_have_value("10")
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.1")
    expect(redo).to_have_attribute("title", re.compile("^Redo: Batch size "))
    page.locator(".neuron").first.focus()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.03")
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.1")
    page.keyboard.press("Control+y")
    expect(page.get_by_role("spinbutton", name="Batch size")).to_have_value("20")
    expect(redo).to_have_attribute("aria-disabled", "true")


def test_every_press_of_undo_counts(lab):
    for rate in ("0.1", "0.2", "0.3"):
        lab.set_field("Learning rate", rate)
        lab.page.get_by_role("button", name="Step").click()
        lab.until(f"location.hash.includes('learning_rate={rate}')")
    lab.wait_until_step_is(3)
    lab.page.evaluate(
        """() => [1, 2, 3].forEach(() => document.body.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true })))"""
    )
    expect(lab.page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.03")
    lab.wait_until_step_is(0)


def test_a_net_of_another_shape_is_undone_with_its_training(lab):
    train_to(lab, 300)
    before = everything(lab)
    lab.page.get_by_role("button", name="Add layer").click()
    expect(lab.page.locator(".neuron")).to_have_count(11)
    lab.page.get_by_role("button", name="Undo", exact=True).click()
    expect(lab.page.locator(".neuron")).to_have_count(9)
    lab.wait_until_step_is(300)
    assert everything(lab) == before


def test_while_one_types_undo_is_the_fields_own(lab):
    lab.set_field("Learning rate", "0.1")
    field = lab.page.get_by_role("spinbutton", name="Seed")
    field.focus()
    lab.page.keyboard.type("77")
    lab.page.keyboard.press("Control+z")
    lab.page.wait_for_timeout(200)
    expect(lab.page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.1")


def test_a_named_run_survives_a_reload(lab):
    branch(lab)
    name = open_runs(lab).get_by_role("textbox", name="Name of run 1")
    name.fill("slow one")
    name.press("Enter")
    lab.page.keyboard.press("Escape")
    expect(lab.page.get_by_role("table", name="Losses as a table")).to_contain_text("slow one")
    lab.page.reload()
    lab.ready()
    runs = open_runs(lab)
    expect(runs.get_by_role("textbox", name="Name of run 1")).to_have_value("slow one")
    expect(runs.get_by_test_id("run-2")).to_contain_text("slow one until step 400")


def test_a_run_is_deleted_with_two_clicks(lab):
    branch(lab)
    runs = open_runs(lab)
    runs.get_by_role("button", name="Delete Run 1").click()
    expect(runs.get_by_role("listitem")).to_have_count(2)
    runs.get_by_role("button", name="Delete Run 1 for good").click()
    expect(runs.get_by_role("listitem")).to_have_count(1)
    expect(runs.get_by_role("button", name="Delete Run 2")).to_have_attribute(
        "aria-disabled", "true"
    )


def test_a_bias_is_set_by_value_and_by_dragging_while_the_net_trains(lab):
    page = lab.page
    page.locator(".bias").nth(1).click()
    field = page.get_by_role("spinbutton", name="Set value")
    field.fill("1.25")
    field.press("Enter")
    expect(page.get_by_test_id("explain-value")).to_have_attribute("data-value", "1.25")
    expect(page.locator(".bias-value").nth(1)).to_have_text("+1.25")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_have_attribute(
        "title", re.compile("^Undo: Bias of 1.2")
    )
    field.press("ArrowUp")
    expect(page.locator(".bias-value").nth(1)).to_have_text("+1.35")
    box = page.locator(".drag-label").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 45, box["y"] + 5, steps=8)
    page.mouse.up()
    expect(page.locator(".bias-value").nth(1)).to_have_text("+1.75")
    field.fill("1e9")
    field.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="1000000")).to_be_visible()
    expect(page.locator(".bias-value").nth(1)).to_have_text("+1.75")
    page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(50)
    field.fill("-3")
    field.press("Enter")
    expect(page.locator(".bias-value").nth(1)).to_have_text(re.compile("^−[23]"))
    expect(field).to_have_value("-3")  # what has the focus can be typed over: it does not run along
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


@pytest.mark.parametrize(
    "size", [(1440, 900), (1024, 768), (390, 844)], ids=["desk", "tablet", "phone"]
)
def test_nothing_of_the_transport_overlaps_or_moves_while_it_trains(open_lab, size):
    lab = open_lab(size)
    page = lab.open()
    train_to(lab, 700)
    go_to(lab, 300)
    page.keyboard.press("Tab")
    boxes = """() => ['.transport-buttons .play', '[data-keep=step]', '.speed .select',
        '.walk-link', '.timeline', '.read-out.step', '.to-step .input',
        '[data-keep=undo]', '[data-keep=redo]'].map((name) => {
          const { left, top, right, bottom } = document.querySelector(name).getBoundingClientRect();
          return [name, left, top, right, bottom];
        })"""
    before = page.evaluate(boxes)
    for index, (name, left, top, right, bottom) in enumerate(before):
        assert left >= 0 and right <= size[0] and bottom <= size[1], name
        for other, l2, t2, r2, b2 in before[index + 1 :]:
            assert right <= l2 + 0.5 or r2 <= left + 0.5 or bottom <= t2 + 0.5 or b2 <= top + 0.5, (
                f"{name} lies on {other}"
            )
    page.get_by_role("button", name="Play", exact=True).click()
    lab.wait_for_step(1500)
    for (name, *then), (_, *now) in zip(before, page.evaluate(boxes), strict=True):
        assert then == pytest.approx(now, abs=0.6), name
    if size[0] > 760:
        assert page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_with_branches_and_the_list_of_runs(open_lab, theme):
    lab = open_lab(theme=theme)
    lab.open()
    branch(lab)
    go_to(lab, 450)
    open_runs(lab)
    lab.page.wait_for_timeout(300)
    assert serious(lab.page) == []


@pytest.mark.alone
def test_a_seek_is_seen_within_150_milliseconds(lab):
    train_to(lab, 3000)
    times = lab.page.evaluate(
        """async () => {
          const field = document.querySelector('.to-step input');
          const shown = () => document.querySelector('[data-testid=step]').dataset.value;
          const seek = (step) => new Promise((resolve) => {
            const begun = performance.now();
            field.value = step;
            for (const name of ['input', 'change']) field.dispatchEvent(new Event(name));
            const look = () => {
              if (shown() === String(step)) resolve(performance.now() - begun);
              else requestAnimationFrame(look);
            };
            look();
          });
          const times = [];
          for (let n = 0; n < 15; n += 1) times.push(await seek((n * 1237) % 2900 + 1));
          return times.sort((a, b) => a - b);
        }"""
    )
    assert times[len(times) // 2] < 150, times
