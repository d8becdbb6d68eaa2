"""Whatever people name something, it is text: in a real browser, nothing of it becomes an element,
nothing runs, and the page's policy never has to step in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Lab
from tests.browser.test_own_data import bring
from tests.conftest import running_server

EVIL = (
    "<img src=/x onerror=hacked=1><svg onload=hacked=1>'\"`${1}&lt;b>"  # as long as a name may be
)
LINK = "javascript:hacked=1"
LABELS = ("<img src=/x onerror=hacked=1>", "<script>hacked=1</script>")
TABLE = f'"{EVIL.replace(chr(34), chr(34) * 2)}",<b>width</b>,{LINK},kind\n' + "".join(
    f"{i % 7},{i % 5},{i % 3},{LABELS[i % 2]}\n" for i in range(40)
)


@pytest.fixture(scope="module")
def keeping_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a folder of its own."""
    folder: Path = tmp_path_factory.mktemp("data")
    with running_server(BACKPROP_LAB_DATA=str(folder)) as url:
        yield url.rstrip("/")


@pytest.fixture
def keeping(open_lab: Callable[..., Lab], keeping_url: str) -> Lab:
    """Any violation of the policy, and any request for a picture x, is an error in the console,
    which the fixture does not forgive."""
    lab = open_lab()
    lab.url = keeping_url
    lab.context.unroute_all()
    return lab


def only_text(page: Page) -> None:
    assert page.evaluate("typeof hacked") == "undefined"
    found = page.evaluate(
        "[...document.querySelectorAll('*')].filter((e) => e.matches('img[src=\"/x\"], [onload],"
        " [onerror], a[href^=javascript], form[action]')"
        " || (e.tagName === 'B' && e.textContent === 'width')"
        " || (e.tagName === 'SCRIPT' && e.textContent.includes('hacked')))"
        ".map((e) => e.outerHTML.slice(0, 200))"
    )
    assert found == []


def refusals_forgiven(lab: Lab) -> None:
    """The browser itself reports every request that was refused; a violation is something else."""
    lab.errors[:] = [said for said in lab.errors if "Failed to load resource" not in said]


def test_the_name_of_a_run(keeping: Lab) -> None:
    page = keeping.open()
    page.get_by_role("button", name="Step", exact=True).click()
    keeping.wait_until_step_is(1)
    page.get_by_role("button", name="Runs: 1").click()
    name = page.locator(".run-name").first
    name.fill(EVIL)
    name.press("Enter")
    page.reload()
    keeping.ready()
    page.get_by_role("button", name="Runs: 1").click()
    expect(page.locator(".run-name").first).to_have_value(EVIL)
    only_text(page)


def test_the_name_of_a_saved_run(keeping: Lab) -> None:
    page = keeping.open()
    page.get_by_role("button", name="Runs: 1").click()
    page.get_by_test_id("saved-runs").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Save this run").fill(EVIL)
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_text(f"Saved as “{EVIL}”.").wait_for()
    dialog.get_by_role("button", name=f"Delete {EVIL}", exact=True).wait_for()
    only_text(page)


def test_columns_and_labels_of_a_table(keeping: Lab, tmp_path: Path) -> None:
    page = keeping.open("/#data.name=table")
    bring(keeping, "<img src=/x onerror=hacked=1>.csv", TABLE)
    keeping.until("document.body.textContent.includes('<b>width</b>')")
    only_text(page)
    page.get_by_role("button", name="Use this table").click()
    keeping.until("!document.querySelector('dialog[open]')")
    keeping.ready()
    # wherever a column or a label is shown
    page.get_by_role("button", name="Step", exact=True).click()
    for tab in page.get_by_role("tab").all():
        if tab.is_visible():
            tab.click()
    only_text(page)
    session = page.evaluate("sessionStorage.getItem('backprop-lab.session')")
    for what in ("report.html?language=en", "net.svg", "curves.svg"):
        answer = page.request.get(f"{keeping.url}/api/sessions/{session}/export/{what}")
        assert answer.ok
        file = tmp_path / what.partition("?")[0]  # as whoever downloads it opens it
        file.write_bytes(answer.body())
        page.goto(file.as_uri(), timeout=30_000)  # the report carries a library of megabytes
        only_text(page)


def test_an_expression_and_its_names(keeping: Lab) -> None:
    page = keeping.page
    for expression in (EVIL, f"w * {EVIL}", f"w*x&values.{quote(EVIL)}=1", f"{LINK}&values.w=1"):
        page.goto("about:blank")
        page.goto(f"{keeping.url}/walkthrough#expression={quote(expression, safe='&=')}")
        page.get_by_role("alert").first.wait_for()
        only_text(page)
    refusals_forgiven(keeping)


@pytest.mark.parametrize(
    "address",
    [
        "/#lock={}&hide={}",
        "/#data.name={}",
        "/#optimizer.name={}&view.inspector={}&view.preset={}",
        "/#data.name=function&data.formula={}",
        "/#explain={}&of=gradient&row=0",
        "/#run={}",
        "/#shared={}",
        "/optimizers#surface.name={}&lanes={}",
        "/walkthrough#preset={}&node={}",
        "/?{}#seed=1",
    ],
)
def test_a_link(keeping: Lab, address: str) -> None:
    page = keeping.page
    page.goto(keeping.url + address.replace("{}", quote(EVIL)))
    keeping.until("document.querySelector('main')?.textContent.length > 100")
    page.wait_for_load_state("networkidle")  # what an address asks for may be refused late
    only_text(page)
    refusals_forgiven(keeping)
