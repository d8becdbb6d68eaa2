"""From characters to words: numbers, names, signs and the ends of statements."""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.expression.syntax import ExpressionError

MAX_LENGTH = 500  # characters of a text

# one character for one character, so that positions stay what they are
ALSO_MEANT = str.maketrans({"−": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "\u00a0": " "})
# ASCII only: what merely looks like a letter or a digit is refused
WORD = re.compile(
    r"""(?P<space>   [ \t\r]+)
      | (?P<number>  (?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>    [A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>    \*\*|[-+*/().,=])
      | (?P<stop>    [;\n])""",
    re.VERBOSE,
)
ALLOWED = "allowed are letters a to z, digits, _ . , ; = ( ) and + - * / **"
INSTEAD = {
    "^": "powers are written **",
    **dict.fromkeys("'\"", "there is no text in an expression"),
    **dict.fromkeys("[]{}", "brackets are round"),
}


class Token(NamedTuple):
    """One word of a text: number, name, sign, stop, the end, or a character that is none."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The words of a text. A new line ends a statement, but not within brackets."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"the expression has {len(text)} characters, at most {MAX_LENGTH} are allowed",
            MAX_LENGTH,
            len(text) - MAX_LENGTH,
        )
    plain = text.translate(ALSO_MEANT)
    found, position, open_brackets = [], 0, 0
    while position < len(plain):
        match = WORD.match(plain, position)
        if match is None:
            found.append(Token("stray", text[position], position, position + 1))
            position += 1
            continue
        kind, word = str(match.lastgroup), match[0]
        open_brackets += (word == "(") - (word == ")")
        if kind != "space" and not (word == "\n" and open_brackets > 0):
            found.append(Token(kind, word, position, match.end()))
        position = match.end()
    return [*found, Token("end", "", len(text), len(text))]


def shown(token: Token) -> str:
    """A token for a sentence; a character that only looks like another is told by its number."""
    text = token.text
    if text == "\n":
        return "the end of a line"
    if token.kind == "stray" and not (text.isascii() and text.isprintable()):
        number = f"U+{ord(text):04X}"
        return f"'{text}' ({number})" if text.isprintable() else f"the character {number}"
    return f"'{text}'" if len(text) <= 24 else f"'{text[:23]}…'"


def error(message: str, token: Token) -> ExpressionError:
    """An error that points at a token."""
    return ExpressionError(message, token.start, token.end - token.start)
