"""The API says of itself what it answers, and schemathesis holds it to that: no 5xx, no status,
type or body that is not in the description, whatever is asked.

A few examples of every operation in each run of the tests; `BACKPROP_LAB_EXAMPLES=2000` for more.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi

from app.main import create_app
from app.settings import Settings
from tests.app.sessions import DIVERGING
from tests.client.backprop_client import BackpropClient, CommandError
from tests.conftest import NO_RATES, running_server

load_all_checks()

EXAMPLES = int(os.environ.get("BACKPROP_LAB_EXAMPLES", "5"))
API = schemathesis.openapi.from_dict(create_app(Settings(data="")).openapi())
OPERATIONS = [found.ok() for found in API.get_all_operations()]
HELD = [
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
]
# Of a hundred examples of what has nothing that could be varied, and takes its time.
SHARES = {"GET /api/conformance": 1}
MOST_STEPS = 500  # of a request that trains for as long as it says
SLOW = 503  # there is no room or nothing can be kept: said in the description, and no fault


LAYERS_OF_THREE = {
    "layers": [{"units": 6, "activation": "tanh"}, {"units": 3, "activation": "linear"}]
}
# What sessions there are: untrained, trained, of several classes, diverged.
SPECS: list[tuple[dict[str, Any], int]] = [
    ({}, 0),
    ({}, 40),
    ({"data": {"name": "iris"}, "network": LAYERS_OF_THREE, "loss": "cross_entropy"}, 25),
    (DIVERGING, 60),
]

DELETED = ("session_id", "run_id", "race_id", "saved_id")  # by whom a DELETE names

# Races: a lane that diverges soon, and a net in which it does.
DIVERGING_LANE = {"optimizer": {"name": "sgd", "learning_rate": 50}}
NARROW = {"spec": {"network": DIVERGING["network"]}}

NAMES: dict[str, list[Any]] = {
    "table_id": ["houses"],
    "name": ["xor", "cosine", "dead-relu"],
    "run": [1, 0],
    "element": ["layers.0.weight[0,0]", "layers.1.bias[0]", "layers.0.out[0,0]", "loss"],
    "parameter": ["layers.0.weight", "layers.1.bias"],
}


class Api:
    """A server with something in it: requests that name nothing would all end with a 404."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self.log = url, log
        self.http = requests.Session()
        self.known = dict(NAMES)
        self.known["session_id"] = self.known["session"] = [self.session(i) for i in range(4)]
        self.known["run_id"] = [self.saved_run()]
        self.known["race_id"] = [self.race(i) for i in range(3)]
        self.known["saved_id"] = [self.saved_race()]

    @property
    def there(self) -> list[str]:
        return self.known["session_id"] + self.known["run_id"]

    def session(self, which: int) -> str:
        """A session of a kind, without anybody who watches it."""
        spec, steps = SPECS[which]
        client = BackpropClient(self.url, spec)
        with suppress(CommandError):  # it diverges on the way
            client.command("step", count=steps)
        client._open.close()
        return client.id

    def saved_run(self) -> str:
        asked = {"session": self.known["session_id"][1], "name": "a run"}
        made: str = self.http.post(f"{self.url}/api/saved", json=asked).json()["id"]
        return made

    def race(self, which: int) -> str:
        """A race: at its beginning, under way with a lane that has diverged, ended."""
        lanes = [{"optimizer": {"name": "adam"}}, DIVERGING_LANE][which > 1 :]
        made = self.http.post(f"{self.url}/api/races", json={**NARROW, "lanes": lanes}).json()
        if which:
            self.http.post(f"{self.url}/api/races/{made['id']}/advance", json={"steps": 400})
        race_id: str = made["id"]
        return race_id

    def saved_race(self) -> str:
        asked = {"name": "a race", "kind": "net", "state": {}}
        made: str = self.http.post(f"{self.url}/api/saved-races", json=asked).json()["id"]
        return made

    def replace(self, deleted: str) -> None:
        """What an example has deleted is there anew."""
        for name, make in (("session_id", self.session), ("race_id", self.race)):
            known = self.known[name]
            if deleted in known:
                known[known.index(deleted)] = make(known.index(deleted))
        if deleted in self.known["run_id"]:
            self.known["run_id"] = [self.saved_run()]
        if deleted in self.known["saved_id"]:
            self.known["saved_id"] = [self.saved_race()]

    def with_names(self, case: schemathesis.Case, which: int) -> None:
        """What is there, where something is named; chance would never find it."""
        for place in (case.path_parameters, case.query, case.body):
            for name in place.keys() & self.known if isinstance(place, dict) else ():
                place[name] = self.known[name][which % len(self.known[name])]

    def briefly(self, case: schemathesis.Case) -> None:
        """A million steps are allowed, and would be waited for."""
        steps = case.body.get("steps") if isinstance(case.body, dict) else None
        if type(steps) is int and steps > MOST_STEPS:
            case.body["steps"] = steps % MOST_STEPS

    def tidy(self, answer: schemathesis.Response) -> None:
        """A session or race that an example made would soon fill the server."""
        for where in answer.headers.get("location", []):
            if where.startswith(("/api/sessions/", "/api/races/")):
                self.http.delete(self.url + where, timeout=30)


def cases(operation: schemathesis.schemas.APIOperation) -> st.SearchStrategy[schemathesis.Case]:
    """What the description allows and, where there is anything to say, what it forbids."""
    allowed = operation.as_strategy()
    if not (operation.query.items or operation.body.items):
        return allowed
    return allowed | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    log = folder / "log"
    with ExitStack() as open_:
        errors = open_.enter_context(log.open("w"))
        kept = {"BACKPROP_LAB_DATA": str(folder / "data")}
        url = open_.enter_context(running_server(errors, **kept, **NO_RATES))
        yield Api(url.rstrip("/"), log)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_an_operation_answers_as_its_description_says(
    api: Api, operation: schemathesis.schemas.APIOperation
) -> None:
    share = SHARES.get(operation.label, 100)

    @settings(
        max_examples=max(EXAMPLES * share // 100, 1),
        deadline=None,
        derandomize=EXAMPLES < 100,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation), which=st.integers(-1, 5))
    def ask(case: schemathesis.Case, which: int) -> None:
        if which >= 0:  # and sometimes it is whatever schemathesis thinks of
            api.with_names(case, which)
        if operation.label.endswith("/advance"):
            api.briefly(case)
        answer = case.call(base_url=api.url, session=api.http, timeout=120)
        assert answer.status_code < 500 or answer.status_code == SLOW, answer.text
        case.validate_response(answer, checks=HELD)
        api.tidy(answer)
        named = [case.path_parameters.get(name) for name in ("session_id", "run_id")]
        if case.method == "DELETE" and answer.status_code == 204:
            for deleted in [name for name in named if name in api.there]:
                api.replace(deleted)

    ask()
    assert api.log.read_text() == ""
