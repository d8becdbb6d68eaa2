"""An address that is edited while the playground is open: what it asks for is what one gets, and
nothing else is lost."""

import time

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Lab

SESSION = "sessionStorage.getItem('backprop-lab.session')"
SPEC = (
    f"(async () => (await (await fetch(`/api/sessions/${{{SESSION}}}`)).json()).spec.data.name)()"
)


def play(lab: Lab) -> None:
    lab.page.get_by_role("button", name="Play", exact=True).click()


def test_the_run_goes_on_when_it_is_only_looked_at_in_another_way(lab: Lab) -> None:
    page = lab.page
    play(lab)
    lab.wait_for_step(300)
    session = page.evaluate(SESSION)
    page.evaluate("location.hash = 'view.inspector=confusion&view.edges=gradient&view.scale=none'")
    expect(page.get_by_role("tab", name="Confusion")).to_have_attribute("aria-selected", "true")
    step = lab.number("step")
    assert step >= 300
    lab.wait_for_step(int(step) + 300)
    assert page.evaluate(SESSION) == session
    assert page.evaluate("location.hash") == "#view.inspector=confusion&view.edges=gradient"


@pytest.mark.parametrize("address", ["data.name=xor", "lock=data", "view.preset=xor"])
def test_other_settings_a_lesson_and_an_example_begin_anew(lab: Lab, address: str) -> None:
    page = lab.page
    play(lab)
    lab.wait_for_step(100)
    session = page.evaluate(SESSION)
    page.evaluate("(address) => { location.hash = address }", address)
    lab.until(f"{SESSION} !== '{session}'")
    lab.wait_until_step_is(0)


def test_what_is_pressed_while_another_session_comes_is_meant_for_that_one(lab: Lab) -> None:
    def late(route: Route) -> None:
        time.sleep(0.7)
        route.continue_()

    page = lab.page
    session = page.evaluate(SESSION)
    page.route("**/api/sessions", late)
    page.evaluate("location.hash = 'data.name=spiral'")
    play(lab)
    lab.until(f"{SESSION} !== '{session}'")
    lab.wait_for_step(100)
    assert page.evaluate(SPEC) == "spiral"


def test_an_address_that_means_nothing_begins_anew_with_what_it_can(lab: Lab) -> None:
    page = lab.page
    for address in (
        "network=3&data=5",
        "data.name=nowhere",
        "network.layers=,,",
        "data.points=1,2",
    ):
        session = page.evaluate(SESSION)
        page.evaluate("(address) => { location.hash = address }", address)
        lab.until(f"{SESSION} !== '{session}'")
        expect(page.locator(".notice-words").first).to_contain_text("link")
        lab.ready()
        play(lab)
        lab.wait_for_step(50)
    assert [error for error in lab.errors if "422" not in error] == []
    lab.errors.clear()  # Chromium's own word for the answer


def test_it_is_asked_for_again_when_the_server_is_away(lab: Lab) -> None:
    failed: list[str] = []

    def away(route: Route) -> None:
        if failed:
            route.continue_()
        else:
            failed.append(route.request.url)
            route.abort()

    page = lab.page
    session = page.evaluate(SESSION)
    page.route("**/api/sessions", away)
    page.evaluate("location.hash = 'data.name=spiral'")
    lab.until("document.getElementById('app').dataset.connection === 'lost'")
    lab.until(f"{SESSION} !== '{session}'")
    lab.ready()
    play(lab)
    lab.wait_for_step(100)
    assert page.evaluate(SPEC) == "spiral"
    assert len(failed) == 1 and all("ERR_FAILED" in error for error in lab.errors)
    lab.errors.clear()  # Chromium's own word for it
