"""Every setting, and what explains it: layers, losses, class weights, schedules, stopping."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious


def more(lab, number: int):
    lab.page.get_by_role("button", name=f"More of layer {number}").click()
    panel = lab.page.locator(".layer-panel")
    expect(panel).to_be_visible()
    return panel


def reload(lab):
    lab.page.reload()
    lab.ready()


def test_a_layer_gets_a_norm_and_dropout_and_says_so(lab):
    panel = more(lab, 1)
    panel.get_by_label("Normalization", exact=True).select_option("batch")
    panel.get_by_label("Dropout", exact=True).fill("20")
    panel.get_by_label("Dropout", exact=True).press("Enter")
    words = lab.page.locator(".layer-words")
    expect(words).to_have_text("Batch norm · dropout 20 %")
    lab.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    lab.page.get_by_role("button", name="Play").click()
    lab.wait_for_step(200)
    assert "network.layers=4-tanh-bn-dropout0.2,2-tanh,1-tanh" in lab.page.url
    reload(lab)
    expect(lab.page.locator(".layer-words")).to_have_text("Batch norm · dropout 20 %")


def test_dropout_changes_while_it_trains(lab):
    lab.page.get_by_role("button", name="Play").click()
    lab.wait_for_step(100)
    panel = more(lab, 1)
    panel.get_by_label("Dropout", exact=True).fill("30")
    panel.get_by_label("Dropout", exact=True).press("Enter")
    expect(lab.page.locator(".layer-words")).to_have_text("dropout 30 %")
    assert lab.number("step") >= 100


def test_a_residual_connection_is_offered_where_it_fits_and_goes_when_it_no_longer_does(lab):
    panel = more(lab, 2)
    residual = panel.get_by_label("Residual connection", exact=True)
    expect(residual).to_be_disabled()
    expect(panel).to_contain_text("here 4; the layer has 2")
    lab.page.keyboard.press("Escape")
    for _ in range(2):
        lab.page.get_by_role("button", name="Add neuron to layer 2").click()
    panel = more(lab, 2)
    panel.get_by_label("Residual connection", exact=True).check()
    expect(lab.page.locator(".layer-words")).to_have_text("+ inputs")
    lab.page.keyboard.press("Escape")
    lab.page.get_by_role("button", name="Remove neuron from layer 1").click()
    expect(lab.page.locator(".layer-words")).to_have_count(0)


def test_the_panel_is_worked_by_keys_and_gives_the_focus_back(lab):
    opener = lab.page.get_by_role("button", name="More of layer 1")
    opener.focus()
    lab.page.keyboard.press("Enter")
    expect(
        lab.page.locator(".layer-panel").get_by_label("Initial weights", exact=True)
    ).to_be_focused()
    lab.page.keyboard.press("Escape")
    expect(lab.page.get_by_role("button", name="More of layer 1")).to_be_focused()


# --- help ---


@pytest.mark.parametrize(("language", "tag"), [("English", "en"), ("简体中文", "zh-CN")])
def test_every_control_explains_itself_in_words(lab, language, tag):
    lab.page.get_by_role("button", name=language, exact=True).click()
    expect(lab.page.locator("html")).to_have_attribute("lang", tag)
    buttons = lab.page.locator(".side .help:visible")
    assert buttons.count() > 12
    said = set()
    for at in range(buttons.count()):
        buttons.nth(at).focus()
        lab.page.keyboard.press("Enter")
        open_panel = lab.page.locator(".help-panel:popover-open")
        expect(open_panel).to_have_count(1)
        said.add(open_panel.locator(".help-words").inner_text())
        lab.page.keyboard.press("Escape")
        expect(open_panel).to_have_count(0)
        expect(buttons.nth(at)).to_be_focused()
    assert len(said) == buttons.count()
    assert all(bool(re.search("[一-鿿]", text)) == (language != "English") for text in said)


def test_the_formula_is_that_of_what_is_chosen(lab):
    about = lab.page.get_by_role("button", name="What is this: Optimizer")
    shown = lab.page.locator(".help-panel:popover-open")
    about.click()
    expect(shown.locator("math")).to_have_count(1)
    about.click()
    expect(shown).to_have_count(0)
    lab.page.get_by_label("Optimizer", exact=True).select_option("adam")
    lab.page.get_by_role("button", name="What is this: Optimizer").click()
    expect(shown.locator(".help-chosen")).to_have_text("Adam")
    expect(shown.locator("math")).not_to_have_count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_what_opens(open_lab, theme):
    lab = open_lab(theme=theme)
    lab.open("/#network.layers=4-tanh-bn-dropout0.2,1-tanh&schedule.name=cosine")
    panel = more(lab, 1)
    panel.get_by_role("button", name="What is this: Normalization").click()
    expect(lab.page.locator(".help-panel:popover-open math")).to_be_visible()
    assert serious(lab.page) == []


def test_inputs_explain_themselves_too(lab):
    lab.page.get_by_role("button", name="Choose inputs").click()
    lab.page.get_by_role("button", name="What is this: Inputs").click()
    expect(lab.page.locator(".help-panel:popover-open")).to_contain_text("squares, products")
    expect(lab.page.get_by_role("group", name="Inputs")).to_be_visible()


# --- losses and class weights ---


def test_a_loss_has_its_fields_and_they_survive_a_reload(lab):
    lab.page.get_by_label("Loss", exact=True).select_option("huber")
    lab.set_field("δ (where the line begins)", "0.5")
    lab.page.get_by_label("Over the batch", exact=True).select_option("sum")
    lab.until("location.hash.includes('loss.name=huber')")
    lab.until("location.hash.includes('loss.reduction=sum')")
    reload(lab)
    expect(lab.page.get_by_label("δ (where the line begins)", exact=True)).to_have_value("0.5")
    expect(lab.page.get_by_label("Over the batch", exact=True)).to_have_value("sum")


def test_class_weights_are_balanced_or_numbers_and_wrong_ones_are_refused(lab):
    lab.open("/#data.name=iris")
    lab.page.reload()
    lab.ready()
    weights = lab.page.get_by_label("Class weights", exact=True)
    weights.select_option("balanced")
    lab.until("location.hash.includes('loss.class_weights=balanced')")
    weights.select_option("own")
    numbers = lab.page.get_by_label("One number for each class", exact=True)
    expect(numbers).to_have_value("1, 1, 1")
    numbers.fill("1, 5")
    numbers.press("Enter")
    expect(numbers).to_have_attribute("aria-invalid", "true")
    numbers.fill("1, 5, 2")
    numbers.press("Enter")
    lab.until("location.hash.includes('loss.class_weights=1,5,2')")
    reload(lab)
    expect(lab.page.get_by_label("One number for each class", exact=True)).to_have_value("1, 5, 2")


# --- schedules, stopping, batches ---


def test_a_schedule_is_drawn_before_it_is_trained(lab):
    expect(lab.page.locator(".schedule-curve")).to_be_hidden()
    lab.page.get_by_label("Schedule of the rate", exact=True).select_option("cosine")
    picture = lab.page.locator(".schedule-picture")
    expect(picture).to_have_attribute("aria-label", re.compile("From 100 % to 0 %.* 1,200 steps"))
    before = picture.locator(".schedule-line").get_attribute("d")
    lab.set_field("Lowest (share of the rate)", "0.5")
    expect(picture).to_have_attribute("aria-label", re.compile("From 100 % to 50 %"))
    assert picture.locator(".schedule-line").get_attribute("d") != before
    lab.page.get_by_label("Schedule of the rate", exact=True).select_option("reduce_on_plateau")
    expect(lab.page.locator(".schedule-curve")).to_contain_text("Follows the validation loss")


def test_it_stops_at_the_epoch_and_plays_on(lab):
    lab.set_field("At epoch", "4")
    lab.until("location.hash.includes('stopping.epoch=4')")
    lab.page.get_by_role("button", name="Play").click()
    lab.wait_until_step_is(100)
    expect(lab.page.get_by_text("Stopped at epoch 4")).to_be_visible()
    lab.page.get_by_role("button", name="Play").click()
    lab.wait_for_step(150)
    field = lab.page.get_by_label("At epoch", exact=True)
    field.fill("")
    field.press("Enter")
    lab.until("!location.hash.includes('stopping')")


def test_out_of_patience_it_offers_the_best_step(lab):
    lab.set_field("Patience in epochs", "2")
    lab.set_field("Least improvement", "0.3")
    lab.page.get_by_role("button", name="Play").click()
    best = lab.page.get_by_role("button", name=re.compile(r"^To step \d+$"))
    expect(best).to_be_visible()
    step = int(re.sub(r"\D", "", best.inner_text()))
    best.click()
    lab.wait_until_step_is(step)


def test_all_training_rows_can_be_one_batch(lab):
    lab.page.get_by_label("All training rows in one batch", exact=True).check()
    expect(lab.page.get_by_label("Batch size", exact=True)).to_have_value("250")
    lab.page.get_by_role("button", name="Step", exact=True).click()
    lab.wait_until_step_is(1)
    assert lab.number("epoch") == 1.0
    reload(lab)
    expect(lab.page.get_by_label("All training rows in one batch", exact=True)).to_be_checked()


def test_the_card_of_a_neuron_behind_a_norm_shows_scale_and_shift_which_explain_themselves(lab):
    lab.open("/#network.layers=3-tanh-ln,1-tanh")
    reload(lab)
    lab.page.get_by_role("button", name="Neuron 1.1").click()
    # The panel opens under the net and the card moves up with its neuron: first let that be over.
    expect(lab.page.get_by_role("region", name="Output of 1.1")).to_contain_text("Computed from")
    card = lab.page.locator(".net-card")
    expect(card.get_by_text("Scale γ")).to_be_visible()
    card.locator("dt", has_text="Scale γ").locator("+ dd button").click()
    panel = lab.page.get_by_role("region", name="Scale of 1.1")
    expect(panel).to_contain_text("the scale of a norm starts at 1")
