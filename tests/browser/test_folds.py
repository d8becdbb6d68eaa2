"""Cross-validation in the page: started, watched, ended; what it says is what the engine says."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from engine import Spec
from engine.crossvalidation import cross_validate
from tests.browser.axe import serious
from tests.browser.conftest import Lab

IRIS = "/#data.name=iris"


def open_dialog(page: Page) -> Locator:
    page.get_by_role("button", name="Cross-validate…").click()
    dialog = page.get_by_role("dialog", name="Cross-validation")
    expect(dialog).to_be_visible()
    return dialog


def test_each_fold_mean_and_spread_are_those_of_the_engine(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab()
    dialog = open_dialog(lab.open(IRIS))
    dialog.get_by_label("Folds").fill("3")
    dialog.get_by_label("Epochs each").fill("10")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_text("Done: 3 nets, 10 epochs each.")).to_be_visible(timeout=20_000)
    *_, last = cross_validate(Spec.parse({"data": {"name": "iris"}}), 3, 10)
    assert last.summary is not None
    rows = dialog.locator("tbody tr:not(.folds-sum)")
    expect(rows).to_have_count(3)
    names = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")
    for row, fold in zip(rows.all(), last.done, strict=True):
        shown = row.locator("td[data-value]").evaluate_all("(a) => a.map((e) => +e.dataset.value)")
        assert shown == pytest.approx([fold.metrics[name] for name in names], rel=1e-12)
    mean = dialog.get_by_test_id("folds-mean").locator("td[data-value]")
    shown = mean.evaluate_all("(all) => all.map((e) => Number(e.dataset.value))")
    assert shown == pytest.approx([last.summary.mean[name] for name in names], rel=1e-12)
    expect(dialog.locator(".fold-strip .dot")).to_have_count(6)
    assert lab.number("step") == 0


def test_it_is_cancelled_and_begun_again(lab: Lab) -> None:
    dialog = open_dialog(lab.page)
    dialog.get_by_label("Folds").fill("20")
    dialog.get_by_label("Epochs each").fill("1000")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_text(re.compile(r"Fold \d+ of 20"))).to_be_visible()
    expect(dialog.get_by_role("progressbar", name="Progress")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog.get_by_text("Cancelled.")).to_be_visible()
    expect(dialog.get_by_role("progressbar")).to_be_hidden()
    dialog.get_by_label("Folds").fill("2")
    dialog.get_by_label("Epochs each").fill("2")
    dialog.get_by_label("Epochs each").press("Enter")
    expect(dialog.get_by_text("Done: 2 nets, 2 epochs each.")).to_be_visible(timeout=20_000)


def test_what_cannot_be_is_said_beside_the_fields(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab()
    page = lab.open("/#data.samples=20&data.train_fraction=0.1")
    dialog = open_dialog(page)
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_role("alert")).to_have_text("Allowed: whole numbers from 2 to 2.")
    expect(dialog.get_by_label("Folds")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Folds").fill("")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_role("alert")).to_have_text("Allowed: whole numbers from 2 to 20.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    lab.errors = [each for each in lab.errors if "422" not in each]  # the browser notes the refusal


@pytest.mark.parametrize(
    ("size", "language", "theme"),
    [((1440, 900), "en-US", "light"), ((390, 844), "zh-CN", "dark")],
)
def test_axe_finds_nothing_serious_and_nothing_is_cut(
    open_lab: Callable[..., Lab], size: tuple[int, int], language: str, theme: str
) -> None:
    lab = open_lab(size=size, language=language, theme=theme)
    page = lab.open(IRIS)
    if size[0] < 760:
        page.get_by_role("tab", name="数据").click()
    page.locator("[data-keep=folds]").click()
    dialog = page.locator("dialog.folds")
    dialog.locator(".button.filled").click()
    expect(dialog.get_by_test_id("folds-spread")).to_be_visible(timeout=20_000)
    assert serious(page) == []
    assert dialog.evaluate("(e) => e.scrollWidth <= e.clientWidth")
