"""A validation part in the page: its share, its marks, its curve, and what stops early by it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from engine import Spec, Trainer
from tests.browser.conftest import Lab

LINK = "/#data.train_fraction=0.4&data.validation_fraction=0.2"
DATA = {"train_fraction": 0.4, "validation_fraction": 0.2}


def test_a_share_is_taken_from_what_is_not_trained_on(lab: Lab) -> None:
    page = lab.page
    expect(page.get_by_test_id("validation-loss")).to_be_hidden()
    before = lab.number("train-loss")
    lab.set_field("Validation share", "30")
    expect(page.get_by_text("250 train, 150 validation, 100 test")).to_be_visible()
    expect(page.get_by_test_id("validation-loss")).to_be_visible()
    lab.until("location.hash.includes('data.validation_fraction=0.3')")
    assert lab.number("train-loss") == before  # those that train are the same
    lab.set_field("Validation share", "95")
    expect(page.get_by_text("Allowed: 0 to 80.")).to_be_visible()
    lab.set_field("Validation share", "0")
    expect(page.get_by_text("250 train, 250 test")).to_be_visible()
    expect(page.get_by_test_id("validation-loss")).to_be_hidden()


def test_its_loss_is_read_and_drawn(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab()
    page = lab.open(LINK)
    for _ in range(25):
        page.keyboard.press("s")
    lab.wait_until_step_is(25)
    trainer = Trainer(Spec.parse({"data": DATA}))
    trainer.run(25)
    measured = trainer.evaluate()
    for part in ("train", "validation", "test"):
        assert lab.number(f"{part}-loss") == pytest.approx(measured[f"{part}_loss"], rel=1e-12)
    heads = page.locator(".losses table th[scope=col]")
    expect(heads).to_have_text(["Step", "Train loss", "Test loss", "Validation loss"])
    expect(page.locator("[data-view=output]").get_by_text("validation", exact=True)).to_be_visible()


def test_early_stopping_says_which_loss_it_watched(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(language="zh-CN")
    page = lab.open(
        LINK + "&data.samples=60&stopping.patience=3&optimizer.learning_rate=0.3&view.speed=max"
    )
    page.keyboard.press(" ")
    expect(page.get_by_text("已停止：验证损失在第")).to_be_visible(timeout=20_000)


def test_the_confusion_of_the_validation(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab()
    page = lab.open(LINK)
    page.get_by_role("tab", name="Confusion").click()
    page.get_by_role("button", name="Validation", exact=True).click()
    cells = page.locator("[data-testid^=confusion-]:not([data-testid=confusion-summary])")
    lab.until(
        "[...document.querySelectorAll('[data-testid^=confusion-]')]"
        ".filter((e) => /-\\d-\\d$/.test(e.dataset.testid))"
        ".reduce((sum, e) => sum + Number(e.textContent.replace(/\\D/g, '')), 0) === 100"
    )
    expect(cells.first).to_be_visible()


@pytest.mark.parametrize(
    ("size", "mode"),
    [((1440, 900), ""), ((1024, 768), ""), ((390, 844), ""), ((1280, 720), "&view.mode=projector")],
)
def test_four_numbers_fit_beside_one_another(
    open_lab: Callable[..., Lab], size: tuple[int, int], mode: str
) -> None:
    lab = open_lab(size=size)
    page = lab.open(LINK + mode)
    expect(page.get_by_test_id("validation-loss")).to_be_visible()
    for selector in (".right", ".losses .read-outs"):
        over = page.locator(selector).evaluate("(e) => e.scrollWidth - e.clientWidth")
        assert over <= 0, selector
