"""The formulas and curves beside the controls: one for every choice, all of it MathML."""

import json
import re

import pytest
from fastapi.testclient import TestClient

from app.control_formulas import LATEX, control_formulas
from app.main import create_app
from app.routes.schedules import horizon, preview
from app.settings import Settings
from engine.clipping import CLIPPINGS
from engine.initializers import INITIALIZERS
from engine.layers import ACTIVATIONS, NORMALIZATIONS
from engine.losses import LOSSES, REDUCTIONS
from engine.optimizers import OPTIMIZERS
from engine.regularizers import REGULARIZERS
from engine.schedules import SCHEDULES, Schedule

MENUS = {
    "activations": ACTIVATIONS,
    "clippings": CLIPPINGS,
    "initializers": INITIALIZERS,
    "losses": LOSSES,
    "normalizations": NORMALIZATIONS,
    "optimizers": OPTIMIZERS,
    "reductions": dict.fromkeys(REDUCTIONS),
    "regularizations": REGULARIZERS,
    "schedules": SCHEDULES,
}


@pytest.mark.parametrize("menu", MENUS)
def test_every_choice_has_a_formula(menu: str) -> None:
    formulas = control_formulas()[menu]
    assert formulas.keys() == MENUS[menu].keys()
    for name, lines in formulas.items():
        assert lines, name
        for line in lines:
            assert line.startswith("<math") and "style=" not in line, name


def test_a_formula_is_converted_whole() -> None:
    for menu, formulas in control_formulas().items():
        for name, lines in formulas.items():
            words = re.sub(r"<[^>]*>", "", "".join(lines))
            assert "\\" not in words, (menu, name, words)
            assert menu not in LATEX or words.strip(), (menu, name)


# --- the curve of a schedule ---


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_curve_is_the_schedule_itself(name: str) -> None:
    schedule = SCHEDULES[name]()
    shown = preview(schedule)
    assert shown.steps[0] == 0 and shown.steps[-1] == horizon(schedule)
    if isinstance(schedule, Schedule):
        assert shown.factors == [schedule.factor(step) for step in shown.steps]
    else:
        assert shown.factors is None


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create_app(Settings()), base_url="http://127.0.0.1:8000")


def test_a_curve_is_asked_for_as_a_spec_would_write_it(client: TestClient) -> None:
    answer = client.get("/api/schedules/preview?name=linear&steps=100&end=0.5").json()
    assert answer["name"] == "linear" and answer["factors"][0] == 1.0
    assert answer["factors"][-1] == 0.5 and answer["steps"][-1] == 120


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("name=bumpy", "name"),
        ("name=linear&steps=0", "steps"),
        ("name=linear&steps=many", "steps"),
        ("name=linear&gamma=1", "gamma"),
        ("name=linear&end=nan", "end"),
    ],
)
def test_what_is_no_schedule_is_refused(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/schedules/preview?{query}")
    assert answer.status_code == 422
    assert json.loads(answer.text)["error"]["field"] == field


def test_the_formulas_are_served_apart_from_the_catalog(client: TestClient) -> None:
    answer = client.get("/api/catalog/formulas")
    assert answer.json() == control_formulas()
    tag = {"If-None-Match": answer.headers["etag"]}
    assert client.get("/api/catalog/formulas", headers=tag).status_code == 304
