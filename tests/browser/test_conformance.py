"""The conformance page: what the engine finds, as it is found, and red where it fails."""

import json

import pytest
from playwright.sync_api import expect

from engine.conformance import findings
from tests.browser.axe import serious


@pytest.fixture(scope="module")
def rows():
    return list(findings())


def test_every_finding_of_the_engine_is_a_row(open_lab, rows):
    lab = open_lab()
    page = lab.page
    page.goto(lab.url + "/conformance")
    verdict = page.locator(".verdict-line [role=status]")
    expect(verdict).to_contain_text(f"All {len(rows)} rows pass")
    shown = page.locator("tbody tr").evaluate_all("(rows) => rows.map((row) => row.dataset.name)")
    assert shown == [row.name for row in rows]
    assert page.locator("tr[data-passed=false]").count() == 0
    assert page.locator("td.formula math").count() == sum(bool(row.formula) for row in rows)


def test_a_row_that_fails_is_red_and_counted(open_lab, rows):
    lab = open_lab()
    page = lab.page
    broken = [row.to_json() | {"mathml": ""} for row in rows[:5]]
    broken[3] |= {"error": 0.5, "passed": False}
    body = "".join(json.dumps(row) + "\n" for row in broken)
    page.route("**/api/conformance", lambda route: route.fulfill(body=body))
    page.goto(lab.url + "/conformance")
    expect(page.locator(".verdict-line [role=status]")).to_have_text("1 of 5 rows fail.")
    cell = page.locator("tr[data-passed=false] td").last
    expect(cell).to_contain_text("FAIL")
    red = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--err')")
    channels = ", ".join(str(int(red.strip()[at : at + 2], 16)) for at in (1, 3, 5))
    expect(cell).to_have_css("color", f"rgb({channels})")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_the_page_is_in_both_languages_and_axe_finds_nothing_serious(open_lab, size, theme):
    lab = open_lab(size, "zh-CN", theme)
    page = lab.page
    page.goto(lab.url + "/conformance")
    expect(page.locator(".verdict-line [role=status]")).to_contain_text("全部")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name="English").click()
    expect(page.locator(".verdict-line [role=status]")).to_contain_text("rows pass")


def test_the_pages_link_to_each_other(open_lab):
    lab = open_lab()
    page = lab.open()
    page.get_by_role("link", name="Conformance").click()
    expect(page.get_by_role("heading", name="Conformance")).to_be_visible()
    page.get_by_role("link", name="Playground").click()
    lab.ready()
