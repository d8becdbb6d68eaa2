"""The catalog names everything the engine can do, in both languages, and what it offers works."""

import json
from typing import Any

import pytest

from app.routes.catalog import Catalog, preview
from app.routes.pages import LANGUAGES
from engine.clipping import CLIPPINGS
from engine.datasets import DATASETS
from engine.initializers import INITIALIZERS
from engine.layers import ACTIVATIONS
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.regularizers import REGULARIZERS
from engine.schedules import SCHEDULES
from engine.spec import Spec
from tests.words import words

WORDS = {name: words(name) for name in LANGUAGES}


@pytest.fixture(scope="module")
def catalog() -> dict[str, Any]:
    return Catalog(WORDS).build()


def test_everything_has_a_name_in_every_language() -> None:
    catalog = Catalog(WORDS)
    catalog.build()
    assert catalog.missing == []


def test_a_missing_name_is_said_and_does_not_break_the_page() -> None:
    words = json.loads(json.dumps(WORDS))
    del words["zh"]["catalog"]["optimizers"]["adam"]
    catalog = Catalog(words)
    rows = {row["name"]: row for row in catalog.build()["optimizers"]}
    assert catalog.missing == ["zh: catalog.optimizers.adam"]
    assert rows["adam"]["label"] == {"en": "Adam", "zh": "adam"}


@pytest.mark.parametrize(
    ("menu", "names"),
    [
        ("datasets", DATASETS),
        ("activations", ACTIVATIONS),
        ("initializers", INITIALIZERS),
        ("losses", LOSSES),
        ("optimizers", OPTIMIZERS),
        ("schedules", SCHEDULES),
        ("clippings", CLIPPINGS),
        ("regularizations", REGULARIZERS),
    ],
)
def test_a_menu_lists_what_the_engine_has(
    catalog: dict[str, Any], menu: str, names: dict[str, object]
) -> None:
    assert [row["name"] for row in catalog[menu]] == list(names)


def test_the_defaults_are_the_default_session(catalog: dict[str, Any]) -> None:
    assert catalog["defaults"] == Spec.parse({}).to_json()
    circle = catalog["datasets"][0]
    assert circle["defaults"] == catalog["defaults"]


def test_the_defaults_of_every_data_set_are_a_spec(catalog: dict[str, Any]) -> None:
    for row in catalog["datasets"]:
        assert Spec.parse(row["defaults"]).to_json() == row["defaults"]
        assert row["defaults"]["loss"] in row["losses"]
        assert row["features"]["default"] == row["defaults"]["data"]["features"]


def test_every_field_has_its_bounds_and_default(catalog: dict[str, Any]) -> None:
    adam = next(row for row in catalog["optimizers"] if row["name"] == "adam")
    rate = next(field for field in adam["fields"] if field["name"] == "learning_rate")
    assert rate["exclusive_minimum"] is True
    assert (rate["type"], rate["minimum"], rate["maximum"]) == ("number", 0, 100)
    assert catalog["fields"]["units"]["maximum"] == 64
    assert catalog["fields"]["layers"]["maximum"] == 16
    assert catalog["fields"]["batch_size"]["maximum"] == 9000
    assert catalog["fields"]["seed"]["maximum"] == 2**32 - 1


def test_offered_features_and_counts_are_accepted(catalog: dict[str, Any]) -> None:
    for row in catalog["datasets"]:
        names = [choice["name"] for choice in row["features"]["choices"]]
        for count in row["features"]["allowed_counts"] or range(1, len(names) + 1):
            Spec.parse({"data": {"name": row["name"], "features": names[:count]}})


@pytest.mark.parametrize("name", DATASETS)
def test_a_preview_shows_points_of_every_class_within_its_frame(name: str) -> None:
    shown = preview(name)
    if shown is None:
        assert name in {"digits", "table", "diabetes", "stocks", "weather"}
        return
    assert len(shown["points"]) == len(shown["classes"]) == 80
    assert all(0 <= value <= 1 for point in shown["points"] for value in point)
    assert len(set(shown["classes"])) >= 2
