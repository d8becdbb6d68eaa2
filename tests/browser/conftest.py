"""What every page test wants: the app open and ready, no request to elsewhere, no error unheard."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page


def until(page: Page, expression: str, timeout: float = 10.0) -> float:
    """Wait until an expression holds in the page; the seconds that took. Playwright's own
    wait_for_function polls with eval, which the page's Content-Security-Policy forbids - and the
    policy is part of what is tested."""
    start = time.monotonic()
    while not page.evaluate(expression):
        if time.monotonic() - start > timeout:
            raise AssertionError(f"not within {timeout} s: {expression}")
        time.sleep(0.01)
    return time.monotonic() - start


class Lab:
    """The opened app: a page, what it asked of other hosts, and what it complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.outside: list[str] = []
        self.errors: list[str] = []
        context.route(lambda address: not address.startswith(url), self._refuse)
        self.page = self.new_page()

    def _refuse(self, route) -> None:  # type: ignore[no-untyped-def]
        self.outside.append(route.request.url)
        route.abort()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on(
            "console", lambda said: self.errors.append(said.text) if said.type == "error" else None
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def open(self, path: str = "/") -> Page:
        """Open a path and wait until the first frame has been drawn."""
        self.page.goto(self.url + path)
        self.ready()
        return self.page

    def ready(self) -> None:
        self.until(
            "Boolean(document.querySelector('[data-testid=step]')?.dataset.value)"
            " && document.querySelector('.neuron-pictures')?.width > 0"
        )

    def until(self, expression: str, timeout: float = 10.0) -> float:
        return until(self.page, expression, timeout)

    def number(self, name: str) -> float:
        """The exact value of a read-out (step, epoch, train-loss, test-loss)."""
        return float(self.page.get_by_test_id(name).get_attribute("data-value") or "nan")

    def wait_for_step(self, step: int) -> None:
        self.until(f"Number(document.querySelector('[data-testid=step]').dataset.value) >= {step}")

    def wait_until_step_is(self, step: int) -> None:
        self.until(f"document.querySelector('[data-testid=step]').dataset.value === '{step}'")

    def set_field(self, name: str, value: str) -> None:
        field = self.page.get_by_role("spinbutton", name=name, exact=True)
        field.fill(value)
        field.press("Enter")


@pytest.fixture
def open_lab(browser: Browser, server_url: str) -> Iterator[Callable[..., Lab]]:
    """Make a Lab of a given size, language and theme; afterwards nothing may have left the host or
    gone wrong."""
    labs: list[Lab] = []

    def make(
        size: tuple[int, int] = (1440, 900),
        language: str = "en-US",
        theme: str = "light",
        **options: object,
    ) -> Lab:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            color_scheme=theme,  # type: ignore[arg-type]
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(10_000)
        labs.append(Lab(context, server_url.rstrip("/")))
        return labs[-1]

    yield make
    for lab in labs:
        lab.context.close()
        assert lab.outside == [], "requests left the host"
        assert lab.errors == [], "the console is not clean"


@pytest.fixture
def lab(open_lab: Callable[..., Lab]) -> Lab:
    """The app on a desk screen, in English, on the default net."""
    made = open_lab()
    made.open()
    return made
