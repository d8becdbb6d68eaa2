"""Menus: every name that can be chosen, and every field, is said in both languages."""

from typing import Any

import pytest

from engine.clipping import CLIPPINGS
from engine.datasets import DATASETS
from engine.fields import describe, kinds
from engine.initializers import INITIALIZERS
from engine.layers import ACTIVATIONS, NORMALIZATIONS
from engine.losses import LOSSES, REDUCTIONS
from engine.optimizers import OPTIMIZERS
from engine.regularizers import REGULARIZERS
from engine.schedules import SCHEDULES
from engine.spec import LinearSpec, Settings
from engine.stopping import EarlyStopping, Stopping
from tests.words import words as read_words

MENUS: dict[str, dict[str, Any]] = {
    "datasets": dict(DATASETS),
    "activations": dict(ACTIVATIONS),
    "initializers": dict(INITIALIZERS),
    "losses": dict(LOSSES),
    "optimizers": dict(OPTIMIZERS),
    "regularizations": dict(REGULARIZERS),
    "schedules": dict(SCHEDULES),
    "clippings": dict(CLIPPINGS),
    "reductions": dict.fromkeys(REDUCTIONS),
    "normalizations": dict.fromkeys(NORMALIZATIONS),
}
DECLARED = [
    *(cls for menu in MENUS.values() for cls in menu.values() if isinstance(cls, type)),
    *(LinearSpec, Settings, EarlyStopping, Stopping),
]
ONLY_IN_JSON = {"version", "kind"}  # never shown in a form


@pytest.fixture(params=["en", "zh"])
def words(request: pytest.FixtureRequest) -> dict[str, dict[str, str]]:
    catalog = read_words(request.param)["catalog"]
    assert isinstance(catalog, dict)
    return catalog


@pytest.mark.parametrize("menu", MENUS)
def test_every_entry_of_a_menu_has_a_word(menu: str, words: dict[str, dict[str, str]]) -> None:
    missing = MENUS[menu].keys() - words[menu].keys()
    assert not missing, f"{menu} without a word: {', '.join(sorted(missing))}"


def test_every_field_has_a_word(words: dict[str, dict[str, str]]) -> None:
    names = {name for cls in DECLARED for name in kinds(cls)} - ONLY_IN_JSON
    missing = names - words["fields"].keys()
    assert not missing, f"fields without a word: {', '.join(sorted(missing))}"


@pytest.mark.parametrize("cls", DECLARED, ids=lambda cls: cls.__name__)
def test_every_class_with_fields_can_be_made_described_and_explains_itself(cls: Any) -> None:
    cls()
    assert cls.__doc__ and not cls.__doc__.startswith(f"{cls.__name__}(")
    for row in describe(cls):
        assert row["type"] in {"number", "integer", "boolean", "choice", "subset", "weights"}
