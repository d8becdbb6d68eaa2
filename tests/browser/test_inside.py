"""What the inspector's tabs draw of a run: their numbers are those of the engine, they are asked
for only while somebody sees them, and they fit every screen."""

import json
import re

from playwright.sync_api import expect

from engine.spec import Spec
from engine.training import Trainer
from tests.browser.test_explain import ask, click_edge
from tests.browser.test_inspector import go_to, inspector, step_to


def part(lab, name):
    """A tab of the inspector, opened by its address; what is in it."""
    return lab.page.locator(f"[data-part={name}]")


def open_tab(lab, name, **at):
    """Through the strip, or the menu behind it."""
    tab = inspector(lab.page).get_by_role("tab", name=name, **at)
    if not tab.is_visible():
        lab.page.get_by_role("button", name="More", exact=True).click()
        inspector(lab.page).get_by_role("menuitem", name=name, **at).click()
    elif tab.get_attribute("aria-selected") != "true":
        tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def history(lab, path):
    """A run gone along to its end: a busy machine takes more than one request for it."""
    while (answer := ask(lab, f"/history/{path}"))["left"]:
        pass
    return answer


def table(place):
    """The table for ears behind a chart: rows of texts."""
    return [
        [cell.strip() for cell in row.locator("th, td").all_text_contents()]
        for row in place.locator("table tbody tr").all()
    ]


# --- gradient flow ---


def test_the_flow_of_gradients_is_that_of_the_run(lab):
    step_to(lab, 100)
    open_tab(lab, "Gradient flow")
    answer = history(lab, "layers")
    flow = part(lab, "flow")
    expect(flow.get_by_role("img")).to_have_attribute("data-steps", str(len(answer["steps"])))
    for button, name in [("Gradient", "gradient_norm"), ("Update / weight", "update_ratio")]:
        flow.get_by_role("button", name=button, exact=True).click()
        expect(flow.get_by_role("button", name=button, exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        for label, *cells in table(flow):
            at = answer["steps"].index(int(label.removeprefix("Step ").replace(",", "")))
            for cell, layer in zip(cells, answer["layers"], strict=True):
                value = layer[name][at]
                if 0.01 <= value < 1:
                    assert cell == f"{value:.3f}"
                elif value < 0.01:
                    assert cell.startswith(f"{value:.1e}"[:3])
    flow.get_by_role("button", name="Dead", exact=True).click()
    expect(flow.get_by_test_id("flow-note")).to_contain_text("No layer of this net has ReLU")


def test_keys_read_the_curves_step_by_step(lab):
    for _ in range(6):
        lab.page.keyboard.press("s")
    lab.wait_until_step_is(6)
    open_tab(lab, "Gradient flow")
    chart = part(lab, "flow").get_by_role("img")
    expect(chart).to_have_attribute("data-steps", "7")
    chart.focus()
    lab.page.keyboard.press("ArrowLeft")
    card = part(lab, "flow").locator(".chart-card")
    expect(card).to_contain_text("Step 5")
    expect(card).to_contain_text("Layer 1")
    lab.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(part(lab, "flow")).to_be_visible()


def test_a_run_is_gone_along_only_while_somebody_looks(lab):
    asked = []
    lab.page.on("request", lambda sent: asked.append(sent.url) if "/history" in sent.url else None)
    lab.page.get_by_role("button", name="Play", exact=True).click()
    lab.page.wait_for_timeout(1500)
    assert asked == []
    open_tab(lab, "Gradient flow")
    lab.page.wait_for_timeout(4000)
    assert 2 <= len(asked) <= 5, "every second and a half"
    inspector(lab.page).get_by_role("tab", name="Layers").click()
    lab.page.wait_for_timeout(300)
    asked.clear()
    lab.page.wait_for_timeout(2500)
    assert asked == []


# --- the strip ---


def test_the_open_tab_is_in_the_address_and_found_again(lab):
    open_tab(lab, "Gradient flow")
    lab.until("location.hash === '#view.inspector=flow'")
    lab.open("/#view.inspector=layers")
    lab.page.reload()
    lab.ready()
    tab = inspector(lab.page).get_by_role("tab", name="Layers")
    expect(tab).to_have_attribute("aria-selected", "true")
    lab.page.keyboard.press("Escape")
    lab.open("/#view.inspector=nothing-we-know")
    expect(inspector(lab.page)).to_have_attribute("data-open", "false")


# --- histograms ---


def test_histograms_count_what_the_api_counts(lab):
    step_to(lab, 60)
    open_tab(lab, "Histograms")
    for of in ("weights", "gradients"):
        place = part(lab, "histograms")
        place.get_by_role("button", name=of.capitalize()).click()
        answer = history(lab, f"histograms?of={of}")
        figures = place.locator("figure")
        expect(figures).to_have_count(3)
        label = f"Layer 1, {of.capitalize()}: histograms at {len(answer['steps'])} steps"
        picture = figures.first.get_by_role("img", name=label)
        expect(picture).to_be_visible()
        picture.focus()
        lab.page.keyboard.press("ArrowLeft")
        layer = answer["layers"][0]
        counts = layer["counts"][-1]
        seen = [sum(counts[: i + 1]) for i in range(len(counts))]
        middle = next(i for i, count in enumerate(seen) if count >= sum(counts) / 2)
        reading = figures.first.locator(".heat-reading")
        expect(reading).to_contain_text(f": {counts[middle]} in ")
        if of == "weights":
            low = (layer["first"] + middle) * layer["width"]
            high = low + layer["width"]
            text = f"{low:g} to {high:g}".replace("-", "−")
            expect(reading).to_contain_text(text)
        assert len(table(figures.first)) == len(
            [i for i in range(len(answer["steps"])) if i % -(-len(answer["steps"]) // 12) == 0]
        ) + ((len(answer["steps"]) - 1) % -(-len(answer["steps"]) // 12) != 0)


# --- what is selected ---

WEIGHT = '{"kind":"weight","layer":1,"index":1,"from":2}'


def test_a_selected_number_is_shown_all_along_the_run(lab):
    step_to(lab, 80)
    click_edge(lab.page, WEIGHT)
    lab.page.get_by_role("button", name="Over time").click()
    place = part(lab, "selected")
    expect(place.get_by_role("heading", name="Weight 1.3 → 2.2")).to_be_visible()
    answer = history(lab, "element?element=layers.1.weight[2,1]")
    now = answer["steps"].index(80)
    value, gradient = (
        place.get_by_test_id("selected-value"),
        place.get_by_test_id("selected-gradient"),
    )
    expect(value).to_have_attribute("data-value", repr(answer["values"][now]))
    expect(gradient).to_have_attribute("data-value", repr(answer["gradients"][now]))
    rows = table(place.locator(".selected-chart").first)
    assert rows[0] == ["Step 0", f"{answer['values'][0]:+.4f}".replace("-", "−")]
    expect(place.locator("canvas[aria-label='1.3 over the inputs']")).to_be_visible()
    neuron = """[data-place='{"kind":"neuron","layer":0,"index":3}'].neuron"""
    lab.page.locator(neuron).click()  # the tab stays, with another subject
    expect(place.get_by_role("heading", name="Output of 1.4, sample")).to_be_visible()
    title = place.get_by_role("heading").first.text_content()
    row = int(title.rpartition(" ")[2]) - 1
    answer = history(lab, f"element?element=layers.0.output[0,3]&row={row}")
    expect(value).to_have_attribute("data-value", repr(answer["values"][answer["steps"].index(80)]))
    place.get_by_role("button", name="Where does this come from?").click()
    expect(lab.page.locator("[data-view=explain]")).to_be_visible()
    expect(inspector(lab.page)).to_have_attribute("data-open", "false")


def test_with_nothing_selected_one_is_told_how(lab):
    open_tab(lab, "Selected")
    expect(part(lab, "selected")).to_contain_text("Nothing is selected")
    expect(part(lab, "selected").locator("canvas").first).to_be_hidden()


# --- the optimizer's memory ---


def test_the_memory_of_adam_is_that_of_the_engine_element_by_element(open_lab):
    lab = open_lab()
    lab.open("/#optimizer.name=adam&view.inspector=optimizer")
    step_to(lab, 60)
    place = part(lab, "optimizer")
    place.get_by_role("combobox", name="Parameter").select_option("layers.1.weight")
    expect(place.get_by_test_id("optimizer")).to_have_attribute("data-step", "60")
    expect(place.get_by_role("heading")).to_have_text("Weight 1.1 → 2.1")
    answer = ask(lab, "/optimizer?parameter=layers.1.weight")
    place.get_by_role("img").first.focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("ArrowRight")
    expect(place.get_by_role("heading")).to_have_text("Weight 1.2 → 2.2")
    arrays = {"value": answer["value"]}
    for group in ("remembered", "coming"):
        arrays |= {f"{group}-{each['name']}": each["values"] for each in answer[group]}
    assert {"remembered-m", "remembered-v", "coming-m_hat", "coming-effective_rate"} < set(arrays)
    for name, values in arrays.items():
        cell = place.get_by_test_id(f"optimizer-{name}")
        assert float(cell.get_attribute("data-value")) == values[3], name
    expect(place).to_contain_text("beta1 * m_old + (1 - beta1) * g")
    assert len(table(place)) == 8


def test_plain_descent_remembers_nothing_and_says_so(lab):
    open_tab(lab, "Optimizer state")
    expect(part(lab, "optimizer").get_by_test_id("optimizer-note")).to_contain_text(
        "remembers nothing"
    )


# --- the loss around ---


def slice_of(lab, query):
    """All losses of the training rows, as the API answers."""
    text = lab.page.evaluate(
        "async (query) => (await fetch(`/api/sessions/${sessionStorage.getItem("
        "'backprop-lab.session')}/landscape?${query}`)).text()",
        query,
    )
    _, *rest = map(json.loads, text.splitlines())
    return [loss for line in rest for loss in line["train"]]


def test_the_loss_around_is_computed_where_the_run_stands_and_centred_on_its_loss(lab):
    step_to(lab, 90)
    open_tab(lab, "Loss landscape")
    place = part(lab, "landscape")
    box = place.get_by_test_id("landscape")
    expect(box).to_have_attribute("data-losses", "101")
    expect(box).to_have_attribute("data-step", "90")
    reading = place.get_by_test_id("landscape-reading")
    middle = float(reading.get_attribute("data-train"))
    assert abs(middle - lab.number("train-loss")) <= 1e-12
    train = slice_of(lab, "kind=gradient&resolution=101&reach=1")
    place.get_by_role("img").focus()
    for _ in range(3):
        lab.page.keyboard.press("ArrowRight")
    expect(reading).to_have_attribute("data-at", "53")
    assert float(reading.get_attribute("data-train")) == train[53]
    expect(reading).to_contain_text("Loss at 0.060")
    go_to(lab, 40)
    expect(box).to_have_attribute("data-step", "40")


def test_a_plane_has_a_seed_and_a_resolution_of_ones_choice(lab):
    open_tab(lab, "Loss landscape")
    place = part(lab, "landscape")
    place.get_by_role("button", name="Plane of two").click()
    place.get_by_role("combobox", name="How fine").select_option("21")
    place.get_by_role("combobox", name="How far to each side").select_option("0.5")
    place.get_by_role("spinbutton", name="Seed").fill("7")
    place.get_by_role("spinbutton", name="Seed").press("Enter")
    box = place.get_by_test_id("landscape")
    expect(box).to_have_attribute("data-losses", str(21 * 21))
    reading = place.get_by_test_id("landscape-reading")
    place.get_by_role("img").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft"):
        lab.page.keyboard.press(key)
    at = 220 + 2 * 21 - 1
    expect(reading).to_have_attribute("data-at", str(at))
    train = slice_of(lab, "kind=plane&resolution=21&reach=0.5&seed=7")
    lab.until(
        "document.querySelector('[data-testid=landscape-reading]').dataset.train"
        f" === '{train[at]!r}'"
    )
    expect(reading).to_contain_text("Loss at −0.050, 0.100")
    assert len(table(place)) == 7, "every third row, the middle one among them"


def test_a_long_computation_shows_how_far_it_is_and_can_be_stopped(open_lab):
    lab = open_lab()
    lab.open("/#data.name=digits&view.inspector=landscape")
    place = part(lab, "landscape")
    place.get_by_role("button", name="Plane of two").click()
    place.get_by_role("combobox", name="How fine").select_option("81")
    progress = place.get_by_role("progressbar", name="Computing")
    expect(progress).to_be_visible()
    expect(place.locator(".landscape-work")).to_contain_text(re.compile("^[1-9][0-9,]* of 6,561"))
    place.get_by_role("button", name="Stop").click()
    expect(progress).to_be_hidden()
    assert 0 < int(place.get_by_test_id("landscape").get_attribute("data-losses")) < 6561


# --- hidden space ---


def levels(lab):
    """The rows of the tables behind the pictures, level by level."""
    figures = part(lab, "hidden").locator("figure").all()
    return [[row[1:] for row in table(figure)] for figure in figures]


def test_every_layer_shows_the_samples_as_it_sees_them(lab):
    step_to(lab, 70)
    open_tab(lab, "Hidden space")
    box = part(lab, "hidden").get_by_test_id("hidden")
    expect(box).to_have_attribute("data-step", "70")
    trainer = Trainer(Spec.parse({}))
    trainer.run(70)
    outputs = trainer.network.activations(trainer.dataset.x)
    seen = levels(lab)
    assert [len(rows) for rows in seen] == [20, 20, 20, 20]
    for rows, values in ((seen[2], outputs[1]), (seen[3], outputs[2])):
        for row, numbers in zip(rows, values[::25], strict=True):
            assert row == [f"{number:.4f}".replace("-", "−") for number in numbers]
    layer = part(lab, "hidden").get_by_test_id("hidden-1")
    expect(layer).to_contain_text("PCA")
    layer.get_by_role("button", name="Axes").click()
    layer.get_by_role("combobox", name="Neuron upwards").select_option(label="1.4")
    expect(layer).not_to_contain_text("PCA")
    lab.until(
        "document.querySelector('[data-testid=hidden-1] td:last-child').textContent === "
        + repr(f"{outputs[0][0, 3]:.4f}".replace("-", "−"))
    )
    assert levels(lab)[1][0][0] == f"{outputs[0][0, 0]:.4f}".replace("-", "−")


def test_a_sample_of_the_hidden_space_becomes_the_one_that_is_followed(lab):
    open_tab(lab, "Hidden space")
    picture = part(lab, "hidden").get_by_test_id("hidden-0").get_by_role("img")
    expect(picture).to_be_visible()
    picture.focus()
    before = part(lab, "hidden").get_by_test_id("hidden-reading").text_content()
    lab.page.keyboard.press("ArrowRight")
    reading = part(lab, "hidden").get_by_test_id("hidden-reading")
    expect(reading).to_contain_text("Inputs, sample")
    assert reading.text_content() != before


# --- misclassified samples ---


def test_misclassified_digits_are_shown_as_pictures_and_become_the_sample(open_lab):
    lab = open_lab()
    lab.open("/#data.name=digits&view.inspector=confusion")
    answer = ask(lab, "/confusion")
    place = part(lab, "confusion")
    pictures = place.locator(".mistake canvas")
    expect(pictures).to_have_count(len(answer["mistakes"]))
    mistake = answer["mistakes"][1]
    button = place.get_by_test_id(f"mistake-{mistake['row']}")
    pixels = button.locator("canvas").evaluate(
        "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, 8, 8).data]"
        ".filter((_, index) => index % 4 === 0)"
    )
    ink, ground = 0x14, 0xFF  # of the red channel, light theme
    for pixel, value in zip(pixels, mistake["inputs"], strict=True):
        assert abs(pixel - (ground + value * (ink - ground))) <= 2
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(lab.page.locator("[data-view=output]")).to_contain_text(f"Sample {mistake['row'] + 1}")


def test_a_curve_leads_to_its_steps(lab):
    step_to(lab, 50)
    open_tab(lab, "Gradient flow")
    chart = part(lab, "flow").get_by_role("img")
    expect(chart).to_be_visible()
    steps = history(lab, "layers")["steps"]
    expect(chart).to_have_attribute("data-steps", str(len(steps)))
    chart.focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("Enter")
    lab.wait_until_step_is(steps[-3])


def test_what_has_no_room_is_in_a_menu_and_the_keyboard_finds_it(open_lab):
    lab = open_lab((1024, 768))
    lab.open()
    page = lab.page
    more = page.get_by_role("button", name="More", exact=True)
    expect(inspector(page).get_by_role("tab", name="Hidden space")).to_have_count(0)
    more.focus()
    page.keyboard.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")  # round to the last one
    expect(page.get_by_role("menuitem", name="Hidden space")).to_be_focused()
    page.keyboard.press("Enter")
    tab = inspector(page).get_by_role("tab", name="Hidden space")
    expect(tab).to_be_focused()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("menu")).to_be_hidden()
    expect(part(lab, "hidden").get_by_role("img").first).to_be_visible()
