"""The screens a page is looked at on. Sizes meet both languages and both themes, and languages both
themes, without all meeting all: what is too long shows at a size, what is too faint in a theme."""

import pytest

DESK, TABLET, PHONE = (1440, 900), (1024, 768), (390, 844)

on_every_screen = pytest.mark.parametrize(
    ("size", "language", "theme"),
    [
        pytest.param(DESK, "en-US", "light", id="desk-light"),
        pytest.param(DESK, "zh-CN", "dark", id="desk-zh-dark"),
        pytest.param(TABLET, "en-US", "dark", id="tablet-dark"),
        pytest.param(TABLET, "zh-CN", "light", id="tablet-zh-light"),
        pytest.param(PHONE, "en-US", "light", id="phone-light"),
        pytest.param(PHONE, "zh-CN", "dark", id="phone-zh-dark"),
    ],
)
