"""Why an expression is refused is said in the words of the page: no reason of the parser is left
without its words."""

import re
from pathlib import Path

import pytest

from engine.expression import ExpressionError, parse

SCRIPT = Path(__file__).parents[2] / "static" / "js" / "walk-reason.js"
REFUSED = [
    "",
    "w +",
    "(w*x",
    "2x",
    "x.__class__",
    "foo(x)",
    "tanh",
    "x.tanh",
    "x**99",
    "x" * 20 + "*2",
    "lambda*x",
    "tanh = 3; tanh*x",
    "pi = 3",
    "x*2; y*3",
    "a = x; a = y; a*2",
    "L = a*x; a = 3",
    "a = x*2; y*3",
    "(" * 40 + "x" + ")" * 40,
    "+".join(["x"] * 150),
    "x" * 501,
    "maximum(x)",
    "clip(x, y, 2)",
    "1e999*x",
    "x # y",
    "w x",
    "x[0]",
    "x..y",
    "_a*2",
]


def patterns() -> list[str]:
    found = re.findall(r"^  \[/(.+)/, \"(\w+)\"\],$", SCRIPT.read_text(encoding="utf-8"), re.M)
    return [pattern for pattern, _ in found]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:12])
def test_every_reason_of_the_parser_has_its_words(text: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    assert any(re.search(pattern, refused.value.message) for pattern in patterns())
