"""Every example of the reference page is true: each request is answered as the page says, each
command is read, each message is of its schema."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import messages as wire
from app.gallery.presets import PRESETS
from app.main import create_app
from app.reference.operations import OPERATIONS
from app.reference.streams import COMMANDS, RACE_COMMANDS, binaries, messages
from app.settings import Settings


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server of whose teacher key the page tells."""
    settings = Settings(
        data=str(tmp_path_factory.mktemp("kept")),
        teacher_key=OPERATIONS["POST /api/teacher"].body["key"],  # type: ignore[index, arg-type]
    )
    with TestClient(
        create_app(settings), "http://localhost:8000", raise_server_exceptions=False
    ) as client:
        client.headers["Authorization"] = f"Bearer {settings.teacher_key.get_secret_value()}"  # type: ignore[union-attr]
        yield client


def answer(lab: TestClient, operation: str, **known: str) -> Any:
    """What comes of an example, with names in braces filled in."""

    def fill(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda m: known.get(m[1]) or place(lab, m[1], known), text)

    asked = OPERATIONS[operation]
    method, _, path = operation.partition(" ")
    url = fill(path) + (f"?{asked.query}" if asked.query else "")
    if asked.text == "{weights.safetensors}":
        content = lab.get(url.replace("/weights", "/export/weights.safetensors")).content
        return lab.request(method, url, content=content)
    if asked.text is not None:
        return lab.request(method, url, content=asked.text)
    body = None if asked.body is None else json.loads(fill(json.dumps(asked.body)))
    return lab.request(method, url, json=body)


def place(lab: TestClient, name: str, known: dict[str, str]) -> str:
    """What a name in braces stands for, made by the examples themselves."""
    match name:
        case "session_id":
            known[name] = answer(lab, "POST /api/sessions").json()["id"]
        case "run":
            known[name] = "1"
        case "name":
            known[name] = next(iter(PRESETS))
        case "run_id":
            known[name] = answer(lab, "POST /api/saved").json()["id"]
        case "table_id":
            known[name] = answer(lab, "POST /api/tables").json()["id"]
        case "race_id":
            known[name] = answer(lab, "POST /api/races").json()["id"]
            answer(lab, "POST /api/races/{race_id}/advance", race_id=known[name])
        case "saved_id":
            known[name] = answer(lab, "POST /api/saved-races").json()["id"]
        case "link":
            shared = answer(lab, "POST /api/sessions/{session_id}/share").json()
            known[name] = shared["link"]
        case _:
            raise AssertionError(f"nobody knows {name}")
    return known[name]


def test_there_is_an_example_of_every_operation(lab: TestClient) -> None:
    paths = lab.get("/openapi.json").json()["paths"]
    described = {f"{method.upper()} {path}" for path, found in paths.items() for method in found}
    assert described == OPERATIONS.keys()


# a run that is the only one cannot be let go: the answer says so
REFUSED = {"DELETE /api/sessions/{session_id}/runs/{run}": 422}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_example_is_answered_as_the_page_says(lab: TestClient, operation: str) -> None:
    found = answer(lab, operation)
    method, _, path = operation.partition(" ")
    described = lab.get("/openapi.json").json()["paths"][path][method.lower()]["responses"]
    assert str(found.status_code) in described, found.text
    assert found.status_code == REFUSED.get(operation, found.status_code)
    assert found.status_code < 300 or operation in REFUSED, found.text


# --- streams ---


def test_every_command_has_an_example_that_is_read() -> None:
    assert COMMANDS.keys() == wire.COMMANDS.keys()
    assert RACE_COMMANDS.keys() == wire.RACE_COMMANDS.keys()
    for name, example in COMMANDS.items():
        assert type(wire.read_command(example)) is wire.COMMANDS[name]
    for name, example in RACE_COMMANDS.items():
        assert type(wire.read_command(example, wire.RACE_COMMANDS)) is wire.RACE_COMMANDS[name]


def test_every_message_has_an_example_of_its_schema() -> None:
    found = {json.loads(message.text())["type"]: message for message in messages()}
    assert found.keys() == wire.MESSAGES.keys()
    for name, message in found.items():
        model = wire.MESSAGES[name]
        assert type(message) is model
        assert model.model_validate_json(message.text()) == message
        assert model.__doc__, f"{name} says nothing of itself"


def test_binary_messages_are_those_that_are_sent() -> None:
    headers = binaries()
    assert headers["frame"]["__metadata__"]["kind"] == "frame"
    assert headers["data"]["__metadata__"]["kind"] == "data"
    assert headers["frame"]["layers.0.weight"] == {
        "dtype": "F64",
        "shape": [2, 3],
        "data_offsets": headers["frame"]["layers.0.weight"]["data_offsets"],
    }
    assert "lanes" in headers["frame of a race"]["__metadata__"]


# --- the page ---


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_has_every_operation_command_and_message(lab: TestClient, language: str) -> None:
    html = lab.get(f"/docs/protocol?lang={language}").text
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in html
    for operation in OPERATIONS:
        method, _, path = operation.partition(" ")
        assert f'<span class="method">{method}</span> <code>{path}</code>' in html, operation
    for name in [*wire.COMMANDS, *wire.MESSAGES]:
        assert f'"{name}"' in html.replace("&#34;", '"')
    assert "style=" not in html and "<script>" not in html


def test_the_page_is_in_the_reader_s_language(lab: TestClient) -> None:
    said = lab.get("/docs/protocol", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert "接口" in said.text
    assert lab.get("/docs/protocol").text != said.text
    assert lab.get("/docs", follow_redirects=False).headers["location"] == "/docs/protocol"


def test_words_are_the_same_in_both_languages() -> None:
    folder = Path(__file__).parents[2] / "templates"
    en, zh = (json.loads((folder / f"protocol.{x}.json").read_text("utf-8")) for x in ("en", "zh"))

    def keys(tree: Any, path: str = "") -> set[str]:
        if not isinstance(tree, dict):
            return {path}
        return {key for name, part in tree.items() for key in keys(part, f"{path}.{name}")}

    assert keys(en) == keys(zh)
