"""A step taken along: the sheet on the screen and on paper, and the program in its dialog."""

import json
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from app.walks.presets import PRESETS
from tests.browser.axe import serious

SOURCES = {
    "expression": PRESETS["rational"],
    "upward": PRESETS["softmax"],
    "net": PRESETS["xor"],
    "adam": {**PRESETS["linear"], "optimizer": {"name": "adam"}, "step": 3},
}


def address(source, **more):
    return f"/walkthrough/sheet?{urlencode({'source': json.dumps(source), **more})}"


def pages(page, paper):
    """How many sheets of paper a page is printed on."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format=paper)))


def hide(page, part, hidden):
    page.get_by_test_id(part).evaluate(f"(element) => {{ element.hidden = {str(hidden).lower()} }}")


@pytest.mark.parametrize(
    ("name", "language"),
    [("expression", "en"), ("upward", "zh"), ("adam", "en"), ("net", "zh")],
)
def test_a_sheet_opens_and_axe_finds_nothing_serious(open_lab, name, language):
    lab = open_lab()
    page = lab.page
    page.goto(lab.url + address(SOURCES[name], language=language, seed=3))
    title = {"en": "One training step by hand", "zh": "手算一步训练"}[language]
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-CN"}[language]
    assert serious(page) == []


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", SOURCES)
def test_the_key_is_on_paper_of_its_own(open_lab, name, paper):
    lab = open_lab()
    page = lab.page
    page.goto(lab.url + address(SOURCES[name]))
    whole = pages(page, paper)
    hide(page, "key", True)
    exercise = pages(page, paper)
    hide(page, "key", False)
    hide(page, "exercise", True)
    key = pages(page, paper)
    assert whole == exercise + key
    assert exercise <= 4


def test_paper_shows_no_controls_and_nothing_is_wider_than_it(open_lab):
    lab = open_lab(size=(680, 1000))  # what is left of A4 between its margins
    page = lab.page
    page.emulate_media(media="print")
    for source in SOURCES.values():
        page.goto(lab.url + address(source))
        expect(page.get_by_role("navigation")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 680
        colors = page.evaluate(
            "[...document.querySelectorAll('.paper')].map((p) => getComputedStyle(p).color)"
        )
        assert set(colors) == {"rgb(0, 0, 0)"}


def test_print_prints_and_the_key_can_be_left_out(open_lab):
    lab = open_lab()
    page = lab.page
    page.add_init_script("window.print = () => { document.title = 'printed'; }")
    page.goto(lab.url + address(PRESETS["rational"], language="en"))
    page.get_by_role("button", name="Print", exact=True).click()
    expect(page).to_have_title("printed")
    key = page.get_by_test_id("key")
    expect(key).to_be_visible()
    page.get_by_role("checkbox", name="With answer key").uncheck()
    expect(key).to_be_hidden()
    page.get_by_role("checkbox", name="With answer key").check()
    expect(key).to_be_visible()


def test_other_numbers_and_the_other_language_are_a_click_away(open_lab):
    lab = open_lab()
    page = lab.page
    page.goto(lab.url + address(PRESETS["rational"], language="en"))
    given = page.locator("dl.given")
    before = given.inner_text()
    page.get_by_role("link", name="Other numbers").click()
    expect(page.locator("footer").first).to_contain_text("seed 1")
    drawn = given.inner_text()
    assert drawn != before
    page.get_by_role("link", name="Other numbers").click()
    expect(page.locator("footer").first).to_contain_text("seed 2")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("footer").first).to_contain_text("种子 2")
    page.get_by_role("link", name="原来的数字").click()
    page.get_by_role("link", name="English").click()
    assert given.inner_text() == before


# --- from the walkthrough ---


def test_the_walk_that_is_shown_is_the_one_on_the_sheet(open_lab):
    lab = open_lab()
    page = lab.page
    page.goto(lab.url + "/walkthrough#preset=sigmoid&step=2")
    link = page.get_by_role("link", name="Exercise sheet")
    expect(link).to_be_visible()
    with lab.context.expect_page() as opened:
        link.click()
    sheet = opened.value
    expect(sheet.get_by_role("heading", level=1)).to_be_visible()
    source = json.loads(parse_qs(urlsplit(sheet.url).query)["source"][0])
    assert source["expression"] == PRESETS["sigmoid"]["expression"]


def test_a_program_can_be_read_copied_and_run(open_lab, tmp_path):
    lab = open_lab()
    page = lab.page
    lab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(lab.url + "/walkthrough#preset=rational")
    page.get_by_role("button", name="As code").click()
    dialog = page.get_by_role("dialog", name="This step as code")
    code = dialog.get_by_test_id("walk-code")
    for library in ("PyTorch", "micrograd", "NumPy"):
        dialog.get_by_role("button", name=library, exact=True).click()
        expect(code).to_contain_text(f"# One training step in {library}")
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == code.text_content()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "backprop_step_numpy.py"
    path = tmp_path / "step.py"
    download.value.save_as(path)
    printed = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    loss = json.loads(
        page.request.post(lab.url + "/api/walks", data={"source": PRESETS["rational"]}).text()
    )["loss"]
    assert f"loss {loss!r}\n" in printed.stdout
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="As code")).to_be_focused()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_dialog(open_lab, size, theme):
    lab = open_lab(size, "zh-CN", theme)
    page = lab.page
    page.goto(lab.url + "/walkthrough#preset=xor")
    page.get_by_role("button", name="查看代码").click()
    expect(page.get_by_test_id("walk-code")).to_contain_text("np.array")
    assert serious(page, within="dialog") == []
