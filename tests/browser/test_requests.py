"""What users of TensorFlow Playground have asked for since 2016, each done once the way a user
would. Named after the request; the numbers are those of its issues (tensorflow/playground). The
README lists them, with those that are answered by a sentence instead."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from safetensors.numpy import load

from engine.layers import ACTIVATIONS
from engine.spec import Spec
from engine.training import Trainer
from tests.browser.test_download import download, open_menu
from tests.browser.test_explain import amounts, click_edge, number, open_weight, steps
from tests.browser.test_own_data import FLOWERS, bring
from tests.browser.test_settings import more, reload
from tests.browser.test_timeline import branch, go_to, open_runs, train_to


def play(lab):
    lab.page.get_by_role("button", name="Play", exact=True).click()


def pause(lab):
    lab.page.get_by_role("button", name="Pause").click()
    expect(lab.page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def walk_this_step(page):
    page.get_by_role("link", name="Walk this step").click()
    page.get_by_role("radio", name="Operations").check()


# how wide every line of the net is drawn
WIDTHS = "[...document.querySelectorAll('.edge-hit')].map(e => e.dataset.stroke).join()"


# --- the numbers, and the way back ---


def test_activation_and_dropout_per_layer_and_forward_and_backward_in_turns(lab):
    """#50"""
    page = lab.page
    page.get_by_label("Activation of layer 1").select_option("relu")
    panel = more(lab, 2)
    panel.get_by_label("Dropout", exact=True).fill("20")
    panel.get_by_label("Dropout", exact=True).press("Enter")
    lab.until("location.hash.includes('4-relu,2-tanh-dropout0.2,1-tanh')")
    page.keyboard.press("Escape")
    before = page.evaluate(WIDTHS)
    page.get_by_role("button", name="Gradient", exact=True).click()
    lab.until(f"{WIDTHS} !== {json.dumps(before)}")
    page.goto(lab.url + "/walkthrough#preset=xor")
    page.get_by_role("radio", name="Operations").check()
    position = page.get_by_role("slider", name="Position in the walk")
    expect(position).to_have_attribute("aria-valuetext", re.compile("forward"))
    page.get_by_role("button", name="To end").click()
    expect(position).to_have_attribute("aria-valuetext", re.compile("update"))
    for _ in range(40):
        page.get_by_role("button", name="Step back").click()
        if "backward" in position.get_attribute("aria-valuetext"):
            break
    expect(position).to_have_attribute("aria-valuetext", re.compile("backward"))


def test_the_formula_with_the_weight_plugged_in(open_lab):
    """#126"""
    lab = open_lab()
    lab.open("/#batch_size=4")
    trainer = Trainer(Spec.parse({"batch_size": 4}))
    trainer.gradients()
    panel = open_weight(lab)
    expect(panel.locator(".explain-why math").first).to_be_visible()
    # each term is a product of two numbers, and together they are the gradient
    expect(panel.locator(".term-row")).to_have_count(4)
    factors = amounts(panel, ".term-row .factor[data-value]")
    terms = [up * local for up, local in zip(factors[::2], factors[1::2], strict=True)]
    assert len(terms) == 4
    assert sum(terms) == pytest.approx(trainer.network.layers[0].weight.grad[1, 2], rel=1e-9)


def test_how_the_formula_is_applied_and_which_learning_rule_is_used(lab):
    """#54"""
    page = lab.page
    page.get_by_role("button", name="What is this: Optimizer").click()
    rule = page.locator(".help-panel:popover-open")
    expect(rule.locator(".help-chosen")).to_have_text("SGD")
    expect(rule.locator("math")).to_be_visible()
    page.keyboard.press("Escape")
    walk_this_step(page)
    page.get_by_role("button", name="To end").click()
    page.get_by_role("button", name="Step back").click()
    position = page.get_by_role("slider", name="Position in the walk")
    expect(position).to_have_attribute("aria-valuetext", re.compile("update"))
    expect(page.locator("math").first).to_be_visible()


def test_the_bias_of_the_output_is_shown_and_can_be_set(lab):
    """#90, #194, #58, #82"""
    page = lab.page
    output = page.locator(".bias").last
    expect(output.locator(".bias-value")).to_have_text("0.00")
    output.click()
    panel = page.locator("[data-view=explain]")
    expect(panel.get_by_role("heading", name="Bias of ŷ")).to_be_visible()
    field = page.get_by_role("spinbutton", name="Set value")
    field.fill("0.75")
    field.press("Enter")
    expect(output.locator(".bias-value")).to_have_text("+0.75")
    trainer = Trainer(Spec.parse({}))
    trainer.set_parameter("layers.2.bias", (0,), 0.75)
    lab.until(
        "Math.abs(document.querySelector('[data-testid=test-loss]').dataset.value"
        f" - {trainer.evaluate()['test_loss']}) < 1e-12"
    )


def test_the_number_under_the_cursor_is_live_while_training(lab):
    """#198"""
    page = lab.page
    play(lab)
    page.locator(".bias").nth(2).hover(force=True)
    value = page.locator(".net-card dd").first
    seen = set()
    for _ in range(40):
        seen.add(value.inner_text())
        page.wait_for_timeout(25)
    assert len(seen) > 5


# --- runs ---


def test_runs_are_saved_recalled_and_seen_side_by_side(lab):
    """#38"""
    page = lab.page
    branch(lab)
    runs = open_runs(lab)
    first = runs.get_by_role("textbox", name="Name").last
    first.fill("slow")
    first.press("Enter")
    runs.get_by_role("checkbox").first.check()
    page.keyboard.press("Escape")
    expect(page.locator(".losses .key-row")).to_contain_text("slow")
    reload(lab)
    runs = open_runs(lab)
    expect(runs.get_by_role("textbox", name="Name").last).to_have_value("slow")
    runs.locator(".run-go").last.click()
    lab.until("document.querySelector('[data-testid=step]').dataset.value >= 600")
    expect(page.get_by_role("spinbutton", name="Learning rate", exact=True)).to_have_value("0.03")


def test_rewinding_keeps_the_first_weights_so_that_settings_can_be_compared(lab):
    """#25"""
    before, loss = lab.page.evaluate(WIDTHS), lab.number("test-loss")
    train_to(lab, 200)
    lab.page.get_by_role("button", name="Reset").click()
    lab.wait_until_step_is(0)
    assert lab.number("test-loss") == loss and lab.page.evaluate(WIDTHS) == before
    lab.set_field("Learning rate", "0.3")
    lab.until("location.hash.includes('learning_rate=0.3')")
    assert lab.number("test-loss") == loss


def test_the_loss_curve_says_step_and_loss_under_the_pointer(lab):
    """#47"""
    train_to(lab, 400)
    chart = lab.page.locator(".loss-chart")
    box = chart.bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = lab.page.locator(".chart-card")
    step = int(re.sub(r"\D", "", card.locator(".chart-card-step").inner_text()))
    test_loss = card.locator("dd").first.inner_text()
    trainer = Trainer(Spec.parse({}))
    trainer.run(step)
    assert float(test_loss) == pytest.approx(trainer.evaluate()["test_loss"], abs=6e-5)


def test_learning_rate_schedules(lab):
    """#158"""
    schedule = lab.page.get_by_label("Schedule of the rate", exact=True)
    assert schedule.locator("option").count() >= 8
    schedule.select_option("step")
    expect(lab.page.locator(".schedule-picture")).to_be_visible()
    play(lab)
    lab.wait_for_step(50)
    pause(lab)
    assert "schedule.name=step" in lab.page.url


def test_regularization_changes_without_a_reset(lab):
    """#94, #139"""
    play(lab)
    lab.wait_for_step(200)
    lab.page.get_by_label("Regularization", exact=True).select_option("l2")
    lab.set_field("Regularization rate", "0.1")
    lab.until("location.hash.includes('regularization.rate=0.1')")
    assert lab.number("step") >= 200
    expect(lab.page.get_by_role("button", name="Pause")).to_be_visible()


# --- data ---


def test_own_data(lab):
    """#20, #72, #102, #111, #174, #191"""
    page = lab.page
    bring(lab, "flowers.csv", FLOWERS)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("60")
    dialog.get_by_role("button", name=re.compile("Learn|Use")).click()
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("table")
    play(lab)
    lab.wait_for_step(30)
    pause(lab)
    page.get_by_role("combobox", name="Data set").select_option("points")
    expect(page.locator(".brush").first).to_be_visible()
    box = page.locator(".output-picture").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.2)
    expect(page.get_by_test_id("painted")).to_contain_text("21 points")


def test_data_above_a_function_of_x(lab):
    """#252"""
    page = lab.page
    page.get_by_role("combobox", name="Data set").select_option("function")
    field = page.get_by_role("textbox", name=re.compile("f\\(x\\)"))
    field.fill("3 * sin(x)")
    field.press("Enter")
    lab.until("location.hash.includes('sin')")
    play(lab)
    lab.wait_for_step(800)
    pause(lab)
    assert lab.number("test-accuracy") > 0.8


def test_pictures_instead_of_abstract_shapes(lab):
    """#181: handwritten digits; photographs would need more than fully connected layers."""
    lab.page.get_by_role("combobox", name="Data set").select_option("digits")
    expect(lab.page.locator(".neuron.output")).to_have_count(10)
    play(lab)
    lab.wait_for_step(1500)
    pause(lab)
    assert lab.number("test-accuracy") > 0.9
    expect(lab.page.locator(".sample-image")).to_be_visible()


# --- the net and its loss ---


def test_cross_entropy_and_what_the_output_is(lab):
    """#175, #29"""
    page = lab.page
    loss = page.get_by_label("Loss", exact=True)
    expect(loss.locator("option:checked")).to_have_text("Mean squared error")
    expect(page.get_by_label("Activation of layer 3")).to_have_value("tanh")
    loss.select_option("bce_with_logits")
    expect(page.get_by_label("Activation of layer 3")).to_have_value("linear")
    page.get_by_role("button", name="What is this: Loss").click()
    expect(page.locator(".help-panel:popover-open math")).to_be_visible()
    page.keyboard.press("Escape")
    play(lab)
    lab.wait_for_step(1500)
    pause(lab)
    assert lab.number("test-accuracy") > 0.95


def test_several_classes(lab):
    """#68"""
    lab.page.get_by_role("combobox", name="Data set").select_option("iris")
    expect(lab.page.locator(".neuron.output")).to_have_count(3)
    play(lab)
    lab.wait_for_step(600)
    pause(lab)
    assert lab.number("test-accuracy") > 0.9


def test_residual_connections(open_lab):
    """#141"""
    lab = open_lab()
    lab.open("/#network.layers=4-tanh,4-tanh,1-tanh")
    more(lab, 2).get_by_label("Residual connection", exact=True).check()
    expect(lab.page.locator(".layer-words")).to_have_text("+ inputs")
    lab.page.keyboard.press("Escape")
    play(lab)
    lab.wait_for_step(300)
    pause(lab)
    assert lab.number("test-loss") < 0.3


def test_more_activations(lab):
    """#22, #116, #138"""
    offered = lab.page.get_by_label("Activation of layer 1").locator("option")
    names = offered.evaluate_all("all => all.map(option => option.value)")
    assert names == list(ACTIVATIONS) and len(names) >= 9
    for name in ("elu", "gelu", "softplus"):
        lab.page.get_by_label("Activation of layer 1").select_option(name)
        lab.until(f"location.hash.includes('4-{name}')")
        play(lab)
        lab.wait_for_step(30)
        pause(lab)


def test_more_layers_neurons_and_samples_in_a_batch(open_lab):
    """#63"""
    lab = open_lab()
    layers = ",".join(["16-tanh"] * 12)
    lab.open(f"/#network.layers={layers},1-tanh&batch_size=all")
    play(lab)
    lab.wait_for_step(20)
    pause(lab)
    read = "Number(document.querySelector('[data-testid={}]').dataset.value)"
    lab.until(f"{read.format('epoch')} === {read.format('step')}")  # of the last frame
    lab.open("/#network.layers=64-tanh,1-tanh")
    reload(lab)
    expect(lab.page.locator(".net-head .count").nth(1)).to_have_text("64 neurons")


def test_which_kind_of_net_it_is_and_a_stop_at_an_epoch(lab):
    """#168"""
    lab.set_field("At epoch", "3")
    play(lab)
    expect(lab.page.get_by_text("Stopped at epoch 3")).to_be_visible()
    assert lab.number("epoch") == 3
    lab.page.keyboard.press("p")
    expect(lab.page.locator(".mode-summary")).to_have_text("Circle, 2-4-2-1, tanh, rate 0.03")


# --- how well it goes ---


def test_stop_when_converged_confusion_matrix_accuracy_and_r2(open_lab):
    """#7"""
    lab = open_lab()
    page = lab.open("/#data.name=iris&stopping.patience=3&stopping.margin=0.05")
    play(lab)
    expect(page.get_by_text(re.compile("Stopped: the .* loss was best"))).to_be_visible()
    assert lab.number("test-accuracy") > 0.8
    page.locator("[data-name=confusion]").first.click()
    expect(page.locator(".confusion-table")).to_be_visible()
    page.goto(lab.url + "/#data.name=wave")
    expect(page.get_by_test_id("test-r2")).to_be_visible()


def test_numbers_that_are_none_are_explained(open_lab):
    """#41, #77, #208"""
    lab = open_lab()
    page = lab.open("/#network.layers=8-relu,1-linear&optimizer.learning_rate=50")
    play(lab)
    notice = page.locator(".notice[data-kind=err]")
    expect(notice).to_contain_text("no longer a finite number")
    page.get_by_role("button", name="Try rate 5", exact=True).click()
    lab.until("location.hash.endsWith('optimizer.learning_rate=5')")
    expect(page.get_by_role("button", name="Try rate 0.5")).to_be_visible()  # it was too much again


# --- to take along, to read ---


def test_export_as_code_and_as_numbers(lab):
    """#39"""
    train_to(lab, 100)
    program = download(lab, "train_pytorch.py").decode()
    assert "import torch" in program
    compile(program, "train_pytorch.py", "exec")
    spec = json.loads(download(lab, "spec.json"))
    assert Spec.parse(spec) == Spec.parse({})
    weights = load(download(lab, "weights.safetensors"))
    trainer = Trainer(Spec.parse({}))
    trainer.run(100)
    np.testing.assert_array_equal(weights["layers.0.weight"], trainer.network.layers[0].weight.data)


def test_models_are_saved_and_loaded(lab, tmp_path: Path):
    """#23"""
    train_to(lab, 150)
    loss = lab.number("test-loss")
    file = tmp_path / "mine.safetensors"
    file.write_bytes(download(lab, "weights.safetensors"))
    lab.page.get_by_role("button", name="Reset").click()
    lab.wait_until_step_is(0)
    open_menu(lab)
    lab.page.get_by_test_id("weights-file").set_input_files(file)
    lab.until(f"document.querySelector('[data-testid=test-loss]').dataset.value === '{loss}'")


def test_every_option_is_documented(lab):
    """#69"""
    buttons = lab.page.locator(".side .help:visible")
    fields = lab.page.locator(".side .field:visible")
    assert buttons.count() >= fields.count() - 2  # two fields may share one
    buttons.first.click()
    expect(lab.page.locator(".help-panel:popover-open .help-words")).not_to_be_empty()


def test_a_step_back_in_time_goes_on_the_same_way(lab):
    """#25 again: not only to the beginning"""
    train_to(lab, 300)
    loss = lab.number("test-loss")
    go_to(lab, 120)
    play(lab)
    lab.wait_for_step(300)
    pause(lab)
    go_to(lab, 300)
    assert lab.number("test-loss") == loss


def test_a_click_on_a_line_says_where_its_gradient_comes_from(lab):
    """#50, #54: what nobody's playground shows"""
    trainer = steps(lab, 3)
    click_edge(lab.page, '{"kind":"weight","layer":0,"index":2,"from":1}')
    gradient = trainer.network.layers[0].weight.grad[1, 2]
    panel = lab.page.locator("[data-view=explain]")
    expect(panel).to_be_visible()
    lab.until("document.querySelector('[data-view=explain] [data-testid=explain-gradient]')")
    assert number(panel, "explain-gradient") == pytest.approx(gradient, rel=1e-9)
