"""The reference page of the API in a browser: readable in both themes, on a phone, by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious
from tests.browser.screens import DESK, PHONE

# Its entries all look alike, and axe takes half a minute for all of them.
FEW = "document.querySelectorAll('.entry:nth-of-type(n + 4)').forEach((each) => each.remove())"


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_the_reference_fits_and_axe_finds_nothing_serious(open_lab, size, theme):
    lab = open_lab(size, "zh-CN", theme)
    page = lab.page
    page.goto(lab.url + "/docs")
    expect(page.get_by_role("heading", level=1)).to_have_text("接口：所有请求与消息")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("every request")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate(FEW)
    assert serious(page) == []
    page.get_by_role("link", name="Streams").click()
    expect(page.get_by_role("heading", name="Streams", exact=True)).to_be_in_viewport()
