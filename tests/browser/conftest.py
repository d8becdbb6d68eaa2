"""What every page test wants: the app open and ready, no request to elsewhere, no error unheard."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request

# Asked in the page itself: from here, every look would cost three processes a moment.
_WAITING = """async (milliseconds) => {
  const end = performance.now() + milliseconds;
  while (!(await (EXPRESSION))) {
    if (performance.now() > end) return false;
    await new Promise((look) => setTimeout(look, 10));
  }
  return true;
}"""


def until(page: Page, expression: str, timeout: float = 10.0) -> float:
    """Wait until an expression holds in the page, also in one that follows it; the seconds that
    took. Playwright's own wait_for_function polls with eval, which the page's
    Content-Security-Policy forbids - and the policy is part of what is tested."""
    start = time.monotonic()
    waiting = _WAITING.replace("EXPRESSION", expression)
    while (left := start + timeout - time.monotonic()) > 0:
        try:
            if page.evaluate(waiting, 1000 * left):
                return time.monotonic() - start
        except Error as error:
            if "context was destroyed" not in error.message:
                raise
    raise AssertionError(f"not within {timeout} s: {expression}")


class Lab:
    """The opened app: a page, what it asked of other hosts, and what it complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.outside: list[str] = []
        self.errors: list[str] = []
        context.on("request", self._see)
        self.page = self.new_page()

    def _see(self, request: Request) -> None:
        # Routes would do, too, but they take the cache away and as long as the page takes to load.
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def leave(self) -> None:
        """Leave nothing of this visit behind; what the browser has loaded may stay."""
        context = self.context
        context.remove_listener("request", self._see)
        keeper, *pages = context.pages
        for page in pages:
            page.close()
        kept = {"origin": self.url, "storageTypes": "local_storage,indexeddb"}
        context.new_cdp_session(keeper).send("Storage.clearDataForOrigin", kept)
        context.clear_cookies()
        context.clear_permissions()
        context.unroute_all()
        context.set_offline(False)

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


@pytest.fixture(scope="session")
def contexts() -> defaultdict[str, list[BrowserContext]]:
    """Browsers that nobody is at, by how they were made: they know the page's files already."""
    return defaultdict(list)


@pytest.fixture
def open_lab(
    browser: Browser, server_url: str, contexts: defaultdict[str, list[BrowserContext]]
) -> Iterator[Callable[..., Lab]]:
    """Make a Lab of a given size, language and theme; afterwards nothing may have left the host or
    gone wrong. No two Labs of a test share what a browser keeps."""
    labs: list[tuple[str, Lab]] = []

    def make(
        size: tuple[int, int] = (1440, 900),
        language: str = "en-US",
        theme: str = "light",
        **options: object,
    ) -> Lab:
        kind = repr((size, language, theme, options))
        if contexts[kind]:
            context = contexts[kind].pop()
        else:
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                locale=language,
                color_scheme=theme,  # type: ignore[arg-type]
                **options,  # type: ignore[arg-type]
            )
            context.set_default_timeout(10_000)
            # Of the same site, and it stays: so does the process that knows the page's modules.
            context.new_page().goto(f"{server_url}/healthz")
        labs.append((kind, Lab(context, server_url.rstrip("/"))))
        return labs[-1][1]

    yield make
    for kind, lab in labs:
        lab.leave()
        contexts[kind].append(lab.context)
        assert lab.outside == [], "requests left the host"
        assert lab.errors == [], "the console is not clean"


@pytest.fixture
def lab(open_lab: Callable[..., Lab]) -> Lab:
    """The app on a desk screen, in English, on the default net."""
    made = open_lab()
    made.open()
    return made
