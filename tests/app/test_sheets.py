"""Exercise sheets: what is given, what is left blank, and the engine's numbers in the key."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from app.exports.paper.drawing import HEIGHT, MOST, WIDTH, drawing
from app.exports.paper.notation import decimals, given, rounded
from app.exports.paper.own_numbers import with_seed
from app.exports.paper.shortest import shortest
from app.walks.document import document
from app.walks.presets import PRESETS
from app.walks.source import ExpressionSource, SessionSource, read_source
from engine.layers import ACTIVATIONS
from engine.optimizers import OPTIMIZERS

ROOT = Path(__file__).parents[2]
EXPRESSIONS = [name for name, source in PRESETS.items() if "expression" in source]
SOURCES: dict[str, dict[str, Any]] = {
    **PRESETS,
    **{
        f"preset with {name}": {**PRESETS["linear"], "optimizer": {"name": name}, "step": 7}
        for name in OPTIMIZERS
    },
    **{
        f"net with {name}": {"spec": {"optimizer": {"name": name}}, "step": 2}
        for name in ("sgd", "adam", "nadam")
    },
    **{
        f"net of {name}": {"spec": {"network": {"layers": [{"units": 2, "activation": name}, {}]}}}
        for name in ACTIVATIONS
    },
    **{
        f"net with {loss}": {"spec": {"loss": loss}}
        for loss in ("mse", "mae", "huber", "bce_with_logits", "hinge")
    },
    **{
        f"net with {name}": {"spec": {"regularization": {"name": name, "rate": 0.1}}}
        for name in ("l1", "l2", "elastic_net")
    },
    "net with three classes": {
        "spec": {"data": {"name": "iris"}, "network": {"layers": [{"units": 2}, {}]}}
    },
    "net that clips": {
        "spec": {
            "clipping": {"name": "norm", "limit": 0.1},
            "schedule": {"name": "step", "steps": 2},
        },
        "step": 3,
    },
    "expression that clips": {**PRESETS["rational"], "clipping": {"name": "value", "limit": 0.1}},
    "every function": {
        "expression": "exp(a) + log(b) + sqrt(b) + abs(c) + sigmoid(a) + tanh(a) + relu(c)"
        "+ leaky_relu(c) + elu(c) + gelu(a) + silu(a) + softplus(a) + maximum(a, b) + minimum(a, c)"
        "+ clip(a, -1, 1) + b**a - 3*c/b",
        "values": {"a": 0.7, "b": 1.3, "c": -0.4},
    },
    "nothing learns": {"expression": "a*x", "learns": []},
}


def address(source: Any, **more: Any) -> str:
    said = source if isinstance(source, str) else json.dumps(source)
    return f"/walkthrough/sheet?{urlencode({'source': said, **more})}"


def walk(source: dict[str, Any]) -> dict[str, Any]:
    asked = read_source(source)
    assert not isinstance(asked, SessionSource)
    trainer: Any = asked.start()
    trainer.run(asked.step)
    return document(asked.walk(trainer), asked.to_json())


class Words(HTMLParser):
    """The text of each part of a sheet, apart from styles and scripts, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.part = "head"
        self.text: dict[str, list[str]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.part = dict(attrs).get("data-testid") or self.part

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.setdefault(self.part, []).append(data.strip())


def sheet(client: TestClient, source: Any, **more: Any) -> Words:
    answer = client.get(address(source, **more))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Words(answer.text)


# --- what is on it ---


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", SOURCES)
def test_the_key_has_every_number_and_the_exercise_only_what_is_given(
    client: TestClient, name: str, language: str
) -> None:
    source = SOURCES[name]
    words = sheet(client, source, language=language)
    if "spec" in source:
        source = {**source, "sample": 0}
    content = walk(source)
    shown = lambda part: " ".join(words.text[part])  # noqa: E731
    network = content["kind"] == "network"
    for node in content["nodes"]:
        named = node["element"] is not None or not network
        if node["op"] is None and node["role"] in ("parameter", "input", "target"):
            assert given(node["value"]) in shown("exercise")
        elif node["op"] is not None and named and "product" not in str(node["element"]):
            assert decimals(node["value"]) in shown("key")
    for position in content["positions"]:
        if position["phase"] == "update":
            for term in position["terms"]:
                if not term["name"].endswith("_old") and term["name"] != "schedule":
                    assert decimals(term["value"]) in shown("key")
            assert decimals(position["after"]) in shown("key")
        if position["phase"] == "backward" and not network:
            for key in ("upstream", "local", "contribution"):
                assert decimals(position[key]) in shown("key")
            if position["nth"] == position["of"]:
                assert decimals(position["sum"]) in shown("key")
    # results have four decimals, and none of them is on the exercise by itself
    answers = {decimals(n["value"]) for n in content["nodes"] if n["op"] is not None}
    told = {given(n["value"]) for n in content["nodes"] if n["op"] is None}
    assert not (answers - told) & set(words.text["exercise"])


def test_a_blank_stands_for_every_answer(client: TestClient) -> None:
    words = sheet(client, PRESETS["rational"])
    classes = [attributes.get("class") or "" for _, attributes in words.tags]
    blanks = sum(each.startswith("blank") for each in classes)
    answers = sum(each == "answer" for each in classes)
    gaps = sum(each == "gap" for each in classes)  # in the drawing
    constants = 2  # t and 1 take no gradient, and what is given is given
    boxes, given_values = 11, 5
    assert gaps == (boxes - given_values) + (boxes - constants)
    assert blanks - 3 + gaps == answers  # name, class and date are for the reader alone


def test_nothing_is_styled_or_scripted_inline(client: TestClient) -> None:
    for name in ("rational", "xor"):
        for tag, attributes in sheet(client, PRESETS[name]).tags:
            assert "style" not in attributes and not any(key.startswith("on") for key in attributes)
            assert tag != "script" or attributes.get("src")


def test_gradients_of_a_net_go_back_neuron_by_neuron(client: TestClient) -> None:
    content = walk({**PRESETS["xor"], "sample": 0})
    key = " ".join(sheet(client, PRESETS["xor"]).text["key"])
    for node in content["nodes"]:
        if node["element"] is not None and node["grad"] is not None:
            kind = node["element"].partition("[")[0].rpartition(".")[2]
            if kind in ("z", "output", "weight", "bias"):
                assert decimals(node["grad"]) in key, node["element"]


def test_a_square_of_what_has_its_layer_above_it_is_in_brackets(client: TestClient) -> None:
    html = client.get(address(PRESETS["xor"])).text
    assert "<msup><mrow><mo>(</mo><msubsup><mi>a</mi>" in html
    assert not re.search(r"<msup><mrow><mrow>+<msubsup>", html)


# --- numbers ---


def test_numbers_are_written_as_people_write_them() -> None:
    assert [decimals(x) for x in (1.66666, -0.03, 0.0, 0.0001234, -123456.0, None)] == [
        "1.6667",
        "−0.0300",
        "0.0000",
        "1.234×10⁻⁴",
        "−1.235×10⁵",
        "–",
    ]
    assert [given(x) for x in (3.0, -0.5, 0.12345678, 0.001234567, 5.1e-8, 0.0)] == [
        "3",
        "−0.5",
        "0.1235",
        "0.001235",
        "5.100×10⁻⁸",
        "0",
    ]
    assert rounded(0.001234567) == 0.001235


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_seed_gives_friendly_numbers_that_are_worth_computing(name: str) -> None:
    source = read_source({**PRESETS[name], "step": 3})
    drawn = []
    for seed in range(12):
        own = with_seed(source, seed)
        assert isinstance(own, ExpressionSource) and own == with_seed(source, seed)
        values = own.formula.values
        assert all(round(value, 1) == value != 0 for value in values.values())
        assert all(values[name] == source.formula.values[name] for name in own.formula.constants)
        content = walk(own.to_json())
        grads = [n["grad"] for n in content["nodes"] if n["role"] == "parameter"]
        assert all(0.005 <= abs(grad) < 1000 for grad in grads)
        drawn.append(tuple(values.values()))
    assert len(set(drawn)) > 6


def test_a_seed_is_that_of_the_net(client: TestClient) -> None:
    own = sheet(client, PRESETS["xor"], seed=9)
    spec = {**PRESETS["xor"]["spec"], "seed": 9}
    assert own.text["key"][:-2] == sheet(client, {"spec": spec, "sample": 0}).text["key"][:-2]


@pytest.mark.parametrize("source", PRESETS.values(), ids=PRESETS)
def test_the_printed_link_leads_to_the_same_sheet(client: TestClient, source: Any) -> None:
    words = sheet(client, source, seed=5, language="zh")
    link = words.text["key"][-1]
    assert "seed=5" in link and "language=zh" in link
    assert "种子 5" in words.text["key"][-2]
    assert Words(client.get(link).text).text == words.text


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_shortest_source_says_the_same(source: Any) -> None:
    full = read_source(source)
    short = shortest(full)
    assert read_source(short).to_json() == full.to_json()
    assert len(json.dumps(short)) <= len(json.dumps(full.to_json()))


def test_a_default_net_is_said_in_a_word() -> None:
    assert shortest(read_source({"spec": {}, "step": 0})) == {"spec": {}}


# --- the drawing ---


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_boxes_of_a_drawing_are_apart(name: str) -> None:
    made = drawing(walk(PRESETS[name]))
    assert made is not None and len(made.edges) > 0
    for i, one in enumerate(made.boxes):
        assert 0 <= one.x <= made.width - WIDTH and 0 <= one.y <= made.height - HEIGHT
        for other in made.boxes[:i]:
            assert abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT


def test_a_graph_of_many_numbers_is_not_drawn() -> None:
    expression = " + ".join(f"a{i}" for i in range(MOST))
    assert drawing(walk({"expression": expression})) is None


# --- where there is none ---


def problem(client: TestClient, where: str, status: int) -> str:
    answer = client.get(where)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return " ".join(" ".join(part) for part in Words(answer.text).text.values())


def test_a_step_of_too_many_operations_is_refused_with_the_numbers(client: TestClient) -> None:
    source = {"spec": {"network": {"layers": [{"units": 12}, {}]}}}
    assert "87 operations; a sheet of paper holds at most 60" in problem(
        client, address(source, language="en"), 422
    )
    assert "87 个运算，一张练习单最多容纳 60 个" in problem(
        client, address(source, language="zh"), 422
    )


def test_a_minibatch_is_represented_by_its_first_sample(client: TestClient) -> None:
    words = sheet(client, {"spec": {}})
    assert "sample 1 of the minibatch" in words.text["key"][-2]
    assert sheet(client, {"spec": {}, "sample": 0}).text["key"] == words.text["key"]


@pytest.mark.parametrize(
    ("where", "status", "said"),
    [
        (address("{"), 422, "not JSON"),
        (address({}), 422, "must have one of the fields"),
        (address({"expression": "w *"}), 422, "expression"),
        (address(PRESETS["rational"], seed="x"), 422, "seed must be an integer"),
        (address(PRESETS["rational"], seed=-1), 422, "seed must be"),
        (address({"session": "nobody"}), 404, "no such session"),
        ("/walkthrough/sheet", 422, "must have one of the fields"),
    ],
)
def test_what_cannot_be_shown_is_said_on_a_page(
    client: TestClient, where: str, status: int, said: str
) -> None:
    assert said in problem(client, where, status)


def test_what_was_asked_for_is_never_markup(client: TestClient) -> None:
    evil = "<img src=x onerror=alert(1)>"
    for where in (
        address({"expression": evil}),
        address(evil),
        address({"session": evil}),
        address(PRESETS["rational"], seed=evil, language=evil),
        address({"spec": {"data": {"name": evil}}}),
    ):
        answer = client.get(where)
        assert "<img" not in answer.text
        assert all(tag != "img" for tag, _ in Words(answer.text).tags)


def test_a_moment_of_a_session_has_a_sheet(client: TestClient) -> None:
    session = client.post("/api/sessions", json={"data": {"name": "xor"}}).json()["id"]
    words = sheet(client, {"session": session}, seed=4)
    link = words.text["key"][-1]
    assert session in link and "seed" not in link  # its numbers are what they are
    assert Words(client.get(link).text).text == words.text


def test_the_language_is_the_readers(client: TestClient) -> None:
    where = address(PRESETS["rational"])
    assert "手算" in client.get(where, headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert "by hand" in client.get(where, headers={"Accept-Language": "de"}).text
    assert client.head(where).status_code == 200


# --- words ---


def flat(words: dict[str, Any]) -> dict[str, str]:
    return {
        key: value
        for name, each in words.items()
        for key, value in (
            [(name, each)]
            if isinstance(each, str)
            else [(f"{name}.{k}", v) for k, v in each.items()]
        )
    }


def test_both_languages_have_the_same_words_and_all_are_used() -> None:
    templates = ROOT / "templates"
    english, chinese = (
        flat(json.loads((templates / f"sheet.{language}.json").read_text(encoding="utf-8")))
        for language in ("en", "zh")
    )
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        holes = sorted(re.findall(r"\{(\w+)\}", text))
        assert holes == sorted(re.findall(r"\{(\w+)\}", chinese[key])), key
    used = "".join(path.read_text(encoding="utf-8") for path in templates.glob("sheet*.html"))
    used += (ROOT / "app" / "routes" / "sheet.py").read_text()
    used += (ROOT / "app" / "exports" / "paper" / "__init__.py").read_text()
    for key in english:
        name = key.partition(".")[0]
        assert f"words.{name}" in used or f'"{name}"' in used or name.startswith("clip_"), key
