"""Fields: one declaration gives the check, the JSON and the form."""

from dataclasses import dataclass
from typing import Any

import pytest

from engine.fields import (
    SpecError,
    boolean,
    choice,
    describe,
    integer,
    number,
    parse,
    parse_named,
    subset,
    to_json,
)


@dataclass(frozen=True)
class Kettle:
    heat: float = number(50.0, 0, 100, exclusive_minimum=True)
    share: float = number(0.5, 0, 1, exclusive_maximum=True)
    cups: int = integer(2, 1, 9)
    lid: bool = boolean(True)
    tea: str = choice("green", ("green", "black"))
    extras: tuple[str, ...] = subset(("milk",), ("milk", "sugar", "lemon"), (1, 3))
    sealed: float = number(0.0, 0, 0)


def test_missing_fields_take_their_defaults() -> None:
    assert parse(Kettle, {}, "kettle") == Kettle()


def test_json_is_read_back_as_the_same_value() -> None:
    kettle = parse(Kettle, {"heat": 80, "cups": 3, "extras": ["lemon", "sugar", "milk"]}, "")
    assert kettle.heat == 80.0 and isinstance(kettle.heat, float)
    assert kettle.extras == ("milk", "sugar", "lemon")  # in the order of the menu
    assert parse(Kettle, to_json(kettle), "") == kettle


def test_form_leaves_out_a_field_with_one_legal_value() -> None:
    rows = describe(Kettle)
    assert [row["name"] for row in rows] == ["heat", "share", "cups", "lid", "tea", "extras"]
    assert rows[0] == {
        "name": "heat",
        "type": "number",
        "default": 50.0,
        "minimum": 0,
        "maximum": 100,
        "exclusive_minimum": True,
        "choices": None,
    }
    assert rows[2]["type"] == "integer" and rows[4]["choices"] == ["green", "black"]


WRONG: list[tuple[str, Any, dict[str, Any], str]] = [
    ("heat", 0, {"minimum": 0}, "kettle.heat must be greater than 0 and at most 100, got 0"),
    ("heat", 101, {"maximum": 100}, "must be greater than 0 and at most 100, got 101"),
    ("heat", float("nan"), {"minimum": 0}, "got nan"),
    ("heat", float("inf"), {"maximum": 100}, "got inf"),
    ("heat", -float("inf"), {"maximum": 100}, "got -inf"),
    ("heat", 10**400, {"maximum": 100}, "got an integer of 1329 bits"),
    ("heat", 10**5000, {"maximum": 100}, "got an integer of 16610 bits"),
    ("heat", "50", {"type": "number"}, "must be a number, got '50'"),
    ("heat", True, {"type": "number"}, "must be a number, got True"),
    ("heat", None, {"type": "number"}, "must be a number, got None"),
    ("heat", [50], {"type": "number"}, "must be a number"),
    ("heat", [10**5000], {"type": "number"}, "got list of numbers too large to show"),
    ("share", 1, {"exclusive_maximum": True}, "at least 0 and less than 1, got 1"),
    ("cups", 2.0, {"type": "integer"}, "must be an integer, got 2.0"),
    ("cups", True, {"type": "integer"}, "must be an integer, got True"),
    ("cups", 0, {"minimum": 1, "maximum": 9}, "at least 1 and at most 9, got 0"),
    ("cups", 10**4400, {"maximum": 9}, "an integer of"),
    ("lid", 1, {"type": "boolean"}, "must be true or false, got 1"),
    ("tea", "white", {"choices": ["green", "black"]}, "one of green, black, got 'white'"),
    ("tea", ["green"], {"choices": ["green", "black"]}, "must be one of"),
    ("extras", "milk", {"choices": ["milk", "sugar", "lemon"]}, "must be a list"),
    ("extras", [], {"counts": [1, 3]}, "must name 1 or 3"),
    ("extras", ["milk", "sugar"], {"counts": [1, 3]}, "must name 1 or 3"),
    ("extras", ["milk", "milk", "lemon"], {"counts": [1, 3]}, "each choice once"),
    ("heat", "x" * 1000, {"type": "number"}, "..."),
]


@pytest.mark.parametrize(
    ("field", "value", "allowed", "message"),
    WRONG,
    ids=[f"{i}-{w[0]}" for i, w in enumerate(WRONG)],
)
def test_a_wrong_value_is_named_with_its_field_and_what_is_allowed(
    field: str, value: Any, allowed: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        parse(Kettle, {field: value}, "kettle")
    error = caught.value
    assert error.field == f"kettle.{field}"
    assert error.value is value
    assert allowed.items() <= error.allowed.items()
    assert message in str(error) and len(str(error)) < 200
    assert isinstance(error, ValueError)


def test_the_wrong_one_of_several_names_is_pointed_at() -> None:
    with pytest.raises(SpecError) as caught:
        parse(Kettle, {"extras": ["milk", "salt"]}, "kettle")
    assert caught.value.field == "kettle.extras[1]"


def test_an_unknown_key_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(SpecError, match=r"kettle.colour is not a field here \(known: heat, share"):
        parse(Kettle, {"colour": "red"}, "kettle")


@pytest.mark.parametrize("value", [None, 3, "text", [1], [("heat", 1)]])
def test_something_that_is_no_object_is_an_error(value: Any) -> None:
    with pytest.raises(SpecError, match=r"kettle must be an object"):
        parse(Kettle, value, "kettle")


def test_keys_must_be_text() -> None:
    with pytest.raises(SpecError, match="must have text as keys"):
        parse(Kettle, {3: 4}, "kettle")


def test_a_menu_is_chosen_from_by_name() -> None:
    menu = {"kettle": Kettle}
    assert parse_named(menu, {"cups": 3}, "pot", "kettle") == Kettle(cups=3)
    with pytest.raises(SpecError, match=r"pot\.name must be one of kettle, got 'pan'"):
        parse_named(menu, {"name": "pan"}, "pot", "kettle")
