"""Commands are read strictly, and what is wrong with one is said so that it can be mended."""

import json
import math
from typing import Any

import pytest

from app import messages as wire
from app.errors import Invalid, Malformed, UnknownSession, presentable
from engine.fields import SpecError
from engine.spec import Spec

# --- what is accepted ---


@pytest.mark.parametrize("kind", wire.COMMANDS)
def test_every_command_is_told_by_its_type(kind: str) -> None:
    needed: dict[str, dict[str, Any]] = {
        "set": {"changes": {}},
        "seen": {"frame": 1},
        "seek": {"step": 1},
        "edit": {"parameter": "layers.0.bias", "index": [0], "value": 0.5},
        "name_run": {"run": 1, "name": "first"},
    }
    command = wire.read_command({"type": kind, "id": 7, **needed.get(kind, {})})
    assert type(command) is wire.COMMANDS[kind]
    assert command.id == 7


def test_a_number_may_come_without_its_point() -> None:
    assert wire.read_command({"type": "play", "speed": 10}) == wire.Play(speed=10.0)


def test_no_speed_and_a_speed_without_limit_are_told_apart() -> None:
    assert "speed" not in wire.read_command({"type": "play"}).model_fields_set
    assert "speed" in wire.read_command({"type": "play", "speed": None}).model_fields_set


# --- what is refused: message, field, part of what is allowed ---

REFUSED = [
    ({}, "type", {"choices": list(wire.COMMANDS)}),
    ({"type": "explode"}, "type", {"choices": list(wire.COMMANDS)}),
    ({"type": ["play"]}, "type", {"choices": list(wire.COMMANDS)}),
    ({"type": "play", "speed": 0.09}, "speed", {"minimum": 0.1, "maximum": 100_000}),
    ({"type": "play", "speed": math.nan}, "speed", {"maximum": 100_000}),
    ({"type": "play", "speed": math.inf}, "speed", {"maximum": 100_000}),
    ({"type": "play", "speed": "fast"}, "speed", {"type": "number", "null": True}),
    ({"type": "play", "speed": True}, "speed", {"type": "number"}),
    ({"type": "play", "tempo": 3}, "tempo", {"choices": ["id", "type", "speed"]}),
    ({"type": "step", "count": 0}, "count", {"minimum": 1}),
    ({"type": "step", "count": 1.5}, "count", {"type": "integer"}),
    ({"type": "step", "count": 10**9}, "count", {"maximum": 1_000_000}),
    ({"type": "step", "id": True}, "id", {"type": ["integer", "string"], "null": True}),
    ({"type": "step", "id": "x" * 65}, "id", {"maximum_length": 64}),
    ({"type": "set"}, "changes", {"type": "object"}),
    ({"type": "set", "changes": []}, "changes", {"type": "object"}),
    ({"type": "view", "rate": 0}, "rate", {"minimum": 1, "maximum": 60}),
    ({"type": "view", "neuron_resolution": 65}, "neuron_resolution", {"minimum": 8, "maximum": 64}),
    ({"type": "view", "output_resolution": 8}, "output_resolution", {"minimum": 16}),
    ({"type": "view", "probe": -1}, "probe", {"minimum": 0}),
    ({"type": "seen"}, "frame", {"type": "integer"}),
]


@pytest.mark.parametrize(("message", "field", "allowed"), REFUSED, ids=str)
def test_what_is_wrong_with_a_command_is_named(
    message: dict[str, object], field: str, allowed: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        wire.read_command(message)
    error = refused.value
    assert error.field == field
    assert error.message.endswith(".")
    assert error.allowed.items() >= allowed.items()
    said = json.loads(wire.Error.of(error, 3).text())
    assert said["value"] == presentable(message.get(field))
    assert said["id"] == 3


@pytest.mark.parametrize("text", ["", "play", "{", '{"type": "play"', "[" * 5000, "1" * 5000])
def test_what_is_not_json_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        wire.read_object(text)


HALF = '"\\ud800"'


@pytest.mark.parametrize(
    "text",
    [f'{{"id": {HALF}}}', f"{{{HALF}: 1}}", f'{{"a": [{{"b": {HALF}}}]}}', b'"\xed\xa0\x80"'],
)
def test_half_a_character_is_malformed(text: str | bytes) -> None:
    with pytest.raises(Malformed):
        wire.read_object(text)


def test_a_whole_character_written_as_two_halves_is_read() -> None:
    assert wire.read_object('{"id": "\\ud83d\\ude00"}') == {"id": "😀"}
    assert wire.read_object('{"id": "\\\\ud800"}') == {"id": "\\ud800"}


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert wire.read_command(wire.read_object('{"type": "step", "count": 10.0}')).count == 10  # type: ignore[attr-defined]
    numbers = wire.read_object('{"a": 1e2, "b": 1.5, "c": 1e999, "d": 1e300}')
    assert numbers == {"a": 100, "b": 1.5, "c": math.inf, "d": 1e300}
    assert [type(n) for n in numbers.values()] == [int, float, float, float]


@pytest.mark.parametrize("text", ["[]", "7", "null", '"play"', "NaN"])
def test_what_is_not_an_object_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        wire.read_object(text)
    assert refused.value.allowed == {"type": "object"}


def test_bytes_that_are_not_utf8_are_malformed() -> None:
    with pytest.raises(Malformed):
        wire.read_object(b'{"a": "\xff"}')


@pytest.mark.parametrize(
    ("given", "id"), [(7, 7), ("x", "x"), (None, None), ([], None), (True, None), (10**20, None)]
)
def test_an_error_carries_the_id_of_its_command(given: object, id: object) -> None:
    assert wire.command_id({"id": given}) == id


# --- what is said back ---


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (10**400, "a very large number"),
        (0.1, 0.1),
        (True, True),
        (None, None),
        ({"a": [1]}, {"a": [1]}),
        ({"a": math.nan}, '{"a": NaN}'),
        ([math.inf], "[Infinity]"),
        ([[-math.inf, None]], "[[-Infinity, null]]"),
        ([10**5000], "a very large number"),
        ({"a": {1, 2}}, '{"a": "{1, 2}"}'),
        ("\ud800", "\\ud800"),
        (["\ud800"], '["\\ud800"]'),
    ],
)
def test_a_refused_value_comes_back_as_json_can_say_it(value: object, said: object) -> None:
    assert presentable(value) == said
    json.dumps(presentable(value), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "null"), (math.nan, "NaN"), (True, "true"), ("red", '"red"'), ([1, None], "[1, null]")],
)
def test_a_sentence_shows_a_value_as_it_was_written(value: object, shown: str) -> None:
    with pytest.raises(SpecError) as refused:
        Spec.parse({"seed": value})
    assert Invalid.from_spec(refused.value).message.endswith(f", got {shown}")


def test_an_unknown_name_is_cut() -> None:
    with pytest.raises(SpecError) as refused:
        Spec.parse({"x" * 60_000: 1})
    said = wire.Error.of(Invalid.from_spec(refused.value)).text()
    assert len(said) < 1000
    with pytest.raises(Invalid) as unknown:
        wire.read_command({"type": "play", "x" * 60_000: 1})
    assert len(wire.Error.of(unknown.value).text()) < 1000


def test_a_long_value_is_cut() -> None:
    assert len(presentable("x" * 10_000)) == 200
    assert len(presentable(["x" * 10_000])) == 200


def test_messages_are_json_also_when_a_number_is_not() -> None:
    status = wire.Status(
        state="paused",
        speed=math.inf,
        step=0,
        run=1,
        head=0,
        undo=None,
        redo=None,
        overflow=None,
        rewind_to=None,
    )
    assert json.loads(status.text())["speed"] is None


def test_an_error_has_the_same_body_on_both_wires() -> None:
    error = UnknownSession("abc")
    body = json.loads(wire.Error.of(error).text())
    assert {**error.body(), "type": "error", "id": None} == body
