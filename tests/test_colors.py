"""Contrast of the colour tokens, from the style sheet itself (WCAG 2.2: text 4.5, marks and
control borders 3)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parent.parent / "static" / "css" / "tokens.css"
GROUNDS = ("ground", "surface", "raised")
TEXT = ("ink", "ink2", "ink3", "pos", "neg", "fwd", "bwd", "branch", "focus", "err", "warn", "ok")


def themes() -> dict[str, dict[str, str]]:
    css = TOKENS.read_text(encoding="utf-8")
    blocks = re.findall(r':root\[data-theme="(\w+)"\] \{(.*?)\}', css, re.DOTALL)
    return {name: dict(re.findall(r"--([\w-]+): ([^;]+);", body)) for name, body in blocks}


def luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_colors_are_readable_on_every_ground(theme: str, ground: str) -> None:
    tokens = themes()[theme]
    ratios = {name: contrast(tokens[name], tokens[ground]) for name in TEXT}
    assert min(ratios.values()) >= 4.5, ratios


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_control_borders_and_lanes_are_visible(theme: str, ground: str) -> None:
    tokens = themes()[theme]
    marks = [tokens["ctl"], *(tokens["lanes"].split() if ground == "ground" else [])]
    ratios = {color: contrast(color, tokens[ground]) for color in marks}
    assert min(ratios.values()) >= 3.0, ratios


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_pass_is_readable_on_its_own_tint(theme: str) -> None:
    tokens = themes()[theme]
    for name in ("fwd", "bwd"):
        assert contrast(tokens[name], tokens[f"{name}-tint"]) >= 4.5


def test_both_themes_define_the_same_tokens() -> None:
    light, dark = themes()["light"], themes()["dark"]
    assert light.keys() == dark.keys()
