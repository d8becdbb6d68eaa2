"""Races of nets: the same start and the same samples, the engine's own trainer in every lane, and
what is refused."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import pytest
from fastapi.testclient import TestClient
from safetensors.numpy import load

from app import messages as wire
from app.main import create_app
from app.races.curves import table
from app.races.net_presets import NET_PRESETS
from app.races.net_race import NetRace
from app.races.nets import Nets
from app.settings import Settings
from engine.optimizers import OPTIMIZERS
from engine.spec import Spec
from engine.training import Trainer
from tests.app.test_rest import error_of
from tests.client.backprop_client import BackpropClient
from tests.conftest import ROOT

ADAM = {"optimizer": {"name": "adam", "learning_rate": 0.01}}
MOMENTUM = {"optimizer": {"name": "momentum", "learning_rate": 0.03, "momentum": 0.8}}
COSINE = {"optimizer": {"name": "sgd"}, "schedule": {"name": "cosine", "steps": 200}}
CLIPPED = {"optimizer": {"name": "sgd"}, "clipping": {"name": "norm", "limit": 0.5}}
WILD = {"optimizer": {"name": "sgd", "learning_rate": 50}}
RELU = {"network": {"layers": [{"units": 8, "activation": "relu"}, {"activation": "linear"}]}}


def made(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.post("/api/races", json=asked)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/races/{body['id']}"
    return body


def advanced(client: TestClient, race: dict[str, Any], steps: int) -> dict[str, Any]:
    answer = client.post(f"/api/races/{race['id']}/advance", json={"steps": steps})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def sought(client: TestClient, race: dict[str, Any], step: int) -> dict[str, Any]:
    answer = client.post(f"/api/races/{race['id']}/seek", json={"step": step})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def curves(client: TestClient, race: dict[str, Any], **query: Any) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/api/races/{race['id']}/curves", params=query).json()
    return body


def asked_of(url: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url + path, data, {"content-type": "application/json"})) as answer:
        return json.loads(answer.read())


def fingerprint(arrays: Any) -> str:
    return blake2b(b"".join(array.tobytes() for array in arrays), digest_size=16).hexdigest()


def of_trainer(trainer: Trainer) -> str:
    return fingerprint(parameter.data for _, parameter in trainer.network.named_parameters())


def apart_from_time(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key != "microseconds"}


# --- a fair start ---


def test_all_lanes_begin_bit_equal_and_are_dealt_the_same_samples(client: TestClient) -> None:
    lanes = [{"optimizer": {"name": name}} for name in list(OPTIMIZERS)[:8]]
    race = made(client, spec={"data": {"name": "spiral"}, "seed": 7}, lanes=lanes)
    first = Trainer(Spec.parse({"data": {"name": "spiral"}, "seed": 7}))
    assert {state["start"] for state in race["states"]} == {of_trainer(first)}
    race = advanced(client, race, 60)
    assert race["same_start"] and race["same_batches"]
    assert len({state["batches"] for state in race["states"]}) == 1
    assert len({state["now"] for state in race["states"]}) == len(lanes)
    other = made(client, spec={"data": {"name": "spiral"}, "seed": 8}, lanes=lanes)
    assert other["states"][0]["start"] != race["states"][0]["start"]
    assert other["states"][0]["batches"] != race["states"][0]["batches"]


def test_the_fingerprint_of_samples_is_that_of_the_rows_in_their_order(client: TestClient) -> None:
    race = advanced(client, made(client, lanes=[ADAM]), 60)
    trainer = Trainer(Spec.parse({}))
    rows: list[np.ndarray[Any, Any]] = []
    for _ in range(75):  # three epochs of 25 steps
        rows.append(trainer.next_rows())
        trainer.step()
    dealt = trainer.spec.batch_size.to_bytes(8, "little")
    for epoch in np.concatenate(rows).reshape(3, -1):
        dealt = blake2b(dealt + epoch.astype("<i8").tobytes(), digest_size=16).digest()
    assert race["states"][0]["epochs"] == 3
    assert race["states"][0]["batches"] == dealt.hex()


def test_lanes_that_are_dealt_other_samples_are_found_out() -> None:
    race = NetRace(Nets.parse({"lanes": [ADAM, MOMENTUM]}), lambda: 0.0)
    race.handle(wire.Step(count=30), "me")
    race.advance(30)
    assert race.same_batches
    other = race.lanes[1].trainer._batches
    other.order = other.order[::-1].copy()
    race.handle(wire.Step(count=60), "me")
    race.advance(60)
    assert race.same_batches  # the order within an epoch under way was dealt before
    race.lanes[1].trainer._batches.rng = np.random.default_rng(1)
    race.handle(wire.Step(count=60), "me")
    race.advance(60)
    assert not race.same_batches


# --- the same as the engine, as a session, in any order ---


@pytest.mark.parametrize("names", [list(OPTIMIZERS)[:6], list(OPTIMIZERS)[6:]], ids="+".join)
def test_every_optimizer_races_as_its_own_trainer_trains(
    client: TestClient, names: list[str]
) -> None:
    lanes = [{"optimizer": {"name": name}} for name in names]
    race = advanced(client, made(client, lanes=lanes), 130)
    told = curves(client, race)
    for lane, state, curve in zip(lanes, race["states"], told["lanes"], strict=True):
        trainer = Trainer(Spec.parse(lane))
        trainer.run(130)
        assert state["now"] == of_trainer(trainer)
        assert state["metrics"] == trainer.evaluate()
        assert (curve["steps"][-1], curve["test"][-1]) == (130, state["metrics"]["test_loss"])
        assert curve["steps"][:3] == [0, 5, 10]


@pytest.mark.parametrize(
    ("spec", "lane"),
    [
        ({}, ADAM),
        ({"data": {"name": "digits"}, "network": {"layers": [{"units": 32}, {}]}}, MOMENTUM),
        ({"data": {"name": "wave"}, "dtype": "float32", "batch_size": 7}, COSINE),
        ({**RELU, "regularization": {"name": "l2", "rate": 0.01}}, CLIPPED),
        (
            {
                "network": {
                    "layers": [{"units": 8, "normalization": "batch", "dropout": 0.2}, {}],
                },
                "data": {"validation_fraction": 0.2},
            },
            {"optimizer": {"name": "adam"}, "schedule": {"name": "reduce_on_plateau"}},
        ),
        ({"batch_size": "all"}, {"optimizer": {"name": "lion"}}),
    ],
    ids=["adam", "digits", "float32", "clipped", "dropout", "whole"],
)
def test_a_race_of_one_lane_is_a_session_to_the_last_bit(
    server_url: str, spec: dict[str, Any], lane: dict[str, Any]
) -> None:
    with BackpropClient(server_url, {**spec, **lane}) as lab:
        assert lab.command("step", count=290) == 290
        where = f"/api/sessions/{lab.id}"
        now = asked_of(server_url, where)
        (run,) = asked_of(server_url, f"{where}/runs")["runs"]
        points = asked_of(server_url, f"{where}/runs/{run['id']}")["losses"]
        with urlopen(f"{server_url}{where}/export/weights.safetensors") as answer:
            file = load(answer.read())
    made = asked_of(server_url, "/api/races", {"spec": spec, "lanes": [lane]})
    race = asked_of(server_url, f"/api/races/{made['id']}/advance", {"steps": 290})
    (curve,) = asked_of(server_url, f"/api/races/{made['id']}/curves")["lanes"]
    assert now["step"] == race["step"] == 290
    assert now["metrics"] == race["states"][0]["metrics"]
    assert now["epoch"] == race["epoch"]
    names = [name for name, _ in Trainer(Spec.parse(spec)).network.named_parameters()]
    assert race["states"][0]["now"] == fingerprint(file[name] for name in names)
    losses = zip(curve["train"], curve["test"], strict=True)
    of_race = dict(zip(curve["steps"], losses, strict=True))
    shared = [point for point in points if point["step"] in of_race]
    assert len(shared) >= 3
    assert all(of_race[p["step"]] == (p["train"], p["test"]) for p in shared)


def test_the_order_of_lanes_does_not_matter(client: TestClient) -> None:
    lanes = [ADAM, MOMENTUM, WILD, COSINE, CLIPPED]
    there = advanced(client, made(client, spec=RELU, lanes=lanes), 90)
    back = advanced(client, made(client, spec=RELU, lanes=lanes[::-1]), 90)
    forward = [apart_from_time(state) for state in there["states"]]
    assert forward == [apart_from_time(state) for state in back["states"][::-1]]
    assert curves(client, there)["lanes"] == curves(client, back)["lanes"][::-1]
    alone = advanced(client, made(client, spec=RELU, lanes=[MOMENTUM]), 90)
    assert apart_from_time(alone["states"][0]) == forward[1]


# --- there and back ---


LIVELY = {  # what else a moment has to bring back: running statistics, masks, a reduced rate
    "data": {"name": "xor", "validation_fraction": 0.2},
    "network": {"layers": [{"units": 4, "normalization": "batch", "dropout": 0.3}, {}]},
}


@pytest.mark.parametrize("spec", [{"data": {"name": "xor"}}, LIVELY], ids=["plain", "lively"])
def test_a_seek_leads_to_what_training_there_leads_to(
    client: TestClient, spec: dict[str, Any]
) -> None:
    plateau = {"optimizer": {"name": "adam"}, "schedule": {"name": "reduce_on_plateau"}}
    lanes = [ADAM, plateau, {"optimizer": {"name": "sgd"}, "schedule": {"name": "one_cycle"}}]
    race = made(client, spec=spec, lanes=lanes)
    at = {0: race}
    for step in (137, 256, 700):
        at[step] = advanced(client, race, step - max(at))
    for step in (256, 0, 700, 137):
        found = sought(client, race, step)
        assert found["head"] == 700 and found["state"] == "paused"
        for before, after in zip(at[step]["states"], found["states"], strict=True):
            assert apart_from_time(before) == apart_from_time(after)
    fresh = made(client, spec=spec, lanes=lanes)
    ahead = sought(client, fresh, 700)
    assert [s["now"] for s in ahead["states"]] == [s["now"] for s in at[700]["states"]]
    on = advanced(client, race, 563)
    assert [s["now"] for s in on["states"]] == [s["now"] for s in at[700]["states"]]
    assert curves(client, race)["lanes"] == curves(client, fresh)["lanes"]


def test_curves_end_exactly_where_the_race_is_and_thin_out_evenly(client: TestClient) -> None:
    race = advanced(client, made(client, lanes=[ADAM]), 3001)
    told = curves(client, race, target=0.1, of="train")
    (lane,) = told["lanes"]
    assert told["interval"] == 20 and lane["steps"] == [*range(0, 3001, 20), 3001]
    assert lane["epochs"][:2] == [0, 0.8] and lane["epochs"][-1] == race["epoch"]
    first = next(i for i, loss in enumerate(lane["train"]) if loss <= 0.1)
    assert lane["reached"] == {
        "step": lane["steps"][first],
        "epoch": lane["epochs"][first],
        "loss": lane["train"][first],
    }
    assert lane["validation"] is None
    assert curves(client, race, target=-1)["lanes"][0]["reached"] is None


def test_an_epoch_ends_where_the_trainer_says_it_does() -> None:
    race = NetRace(Nets.parse({"spec": {"data": {"train_fraction": 0.3}}}), lambda: 0.0)
    for _ in range(40):
        assert race.epoch == pytest.approx(race.trainer.epoch, abs=1e-12)
        race.handle(wire.Step(), "me")
        race.advance(1)


# --- who diverges ---


def test_a_lane_that_diverges_stays_and_the_others_go_on(client: TestClient) -> None:
    race = advanced(client, made(client, spec=RELU, lanes=[ADAM, WILD, MOMENTUM]), 200)
    trainer = Trainer(Spec.parse({**RELU, **WILD}))
    trainer.run(200)
    assert trainer.overflow is not None
    end = trainer.overflow.step
    assert [state["step"] for state in race["states"]] == [200, end, 200]
    assert [state["diverged"] for state in race["states"]] == [None, end, None]
    assert race["states"][1]["overflow"]["name"] == trainer.overflow.name
    assert race["states"][1]["now"] == of_trainer(trainer)
    assert race["same_batches"] and race["state"] == "paused"
    curve = curves(client, race)["lanes"][1]
    assert curve["diverged"] == curve["steps"][-1] == end
    assert all(value is None or np.isfinite(value) for value in curve["test"])
    back = sought(client, race, 0)
    assert [state["diverged"] for state in back["states"]] == [None, None, None]
    again = sought(client, race, 200)
    assert [apart_from_time(s) for s in again["states"]] == [
        apart_from_time(s) for s in race["states"]
    ]
    alone = advanced(client, made(client, spec=RELU, lanes=[ADAM]), 200)
    assert alone["states"][0]["now"] == race["states"][0]["now"]


def test_a_race_ends_when_all_have_diverged(client: TestClient) -> None:
    race = advanced(client, made(client, spec=RELU, lanes=[WILD, WILD]), 500)
    assert race["state"] == "ended" and race["step"] < 500
    where = f"/api/races/{race['id']}"
    error = error_of(client.post(f"{where}/advance", json={"steps": 1}), 409)
    assert error["code"] == "diverged"
    error = error_of(client.post(f"{where}/seek", json={"step": 500}), 422)
    assert error["allowed"]["maximum"] == race["step"]
    assert sought(client, race, 0)["state"] == "paused"
    assert advanced(client, race, 500)["step"] == race["step"]


# --- files ---


def test_the_table_and_the_file_hold_what_the_curves_say(client: TestClient) -> None:
    spec = {"data": {"validation_fraction": 0.2}}
    race = advanced(client, made(client, spec=spec, lanes=[ADAM, MOMENTUM]), 33)
    answer = client.get(f"/api/races/{race['id']}/curves.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="race.csv"'
    head, *rows = answer.text.splitlines()
    assert head == "lane,name,step,epoch,train_loss,test_loss,validation_loss"
    told = curves(client, race)["lanes"]
    assert len(rows) == sum(len(lane["steps"]) for lane in told)
    number, name, step, epoch, *losses = rows[-1].split(",")
    assert (number, name, step) == ("2", "momentum", "33")
    assert float(epoch) == told[1]["epochs"][-1]
    assert [float(loss) for loss in losses] == [
        told[1][part][-1] for part in ("train", "test", "validation")
    ]
    file = client.get(f"/api/races/{race['id']}/race.json").json()
    assert file["curves"]["lanes"] == told and file["step"] == 33
    again = advanced(client, made(client, **file["race"]), file["step"])
    assert [s["now"] for s in again["states"]] == [s["now"] for s in file["states"]]


def test_what_is_not_finite_is_an_empty_cell() -> None:
    race = NetRace(Nets.parse({}), lambda: 0.0)
    race.points.items[0] = ((0, float("inf"), float("nan"), float("nan")),)
    race.handle(wire.Step(), "me")
    race.advance(1)
    assert list(table(race))[1] == "1,sgd,0,0.0,,\n"


def test_ten_lines_of_python_run_a_race(
    server_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of the README, as they stand there."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(code.splitlines()) == 10
    names: dict[str, Any] = {}
    exec(code.replace("http://127.0.0.1:8000", server_url), names)
    race = names["race"]
    assert race["step"] == 1000 and race["same_start"] and race["same_batches"]
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == ["sgd", "momentum", "adam"]
    for lane, line in zip(race["lanes"], told, strict=True):
        trainer = Trainer(Spec.parse(lane))
        trainer.run(1000)
        assert float(line.split()[1]) == trainer.evaluate()["test_loss"]


# --- presets ---


@pytest.mark.parametrize("name", NET_PRESETS)
def test_every_preset_is_a_race_that_learns(client: TestClient, name: str) -> None:
    rows = {row["name"]: row for row in client.get("/api/races/presets").json()["presets"]}
    row = rows[name]
    assert Nets.parse(row["race"]).to_json() == row["race"]
    race = advanced(client, made(client, **row["race"]), 150)
    told = curves(client, race)
    assert race["same_start"] and race["same_batches"]
    assert all(lane["diverged"] is None for lane in told["lanes"])
    assert all(lane["train"][-1] < lane["train"][0] for lane in told["lanes"])


# --- what is refused ---

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"lanes": []}, "lanes"),
    ({"lanes": [{}] * 9}, "lanes"),
    ({"lanes": {}}, "lanes"),
    ({"lanes": [[]]}, "lanes[0]"),
    ({"lanes": [{}, {"optimizer": {"name": "best"}}]}, "lanes[1].optimizer.name"),
    ({"lanes": [{"optimizer": {"learning_rate": -1}}]}, "lanes[0].optimizer.learning_rate"),
    ({"lanes": [{"optimizer": {"learning_rate": None}}]}, "lanes[0].optimizer.learning_rate"),
    ({"lanes": [{"schedule": {"name": "cosine", "steps": 0}}]}, "lanes[0].schedule.steps"),
    ({"lanes": [{"clipping": {"name": "norm", "limit": 0}}]}, "lanes[0].clipping.limit"),
    ({"lanes": [{"seed": 3}]}, "lanes[0].seed"),
    ({"spec": {"data": {"noise": -1}}}, "spec.data.noise"),
    ({"spec": []}, "spec"),
    ({"spec": {"network": {"layers": [{"units": 10**9}, {}]}}}, "spec.network.layers[0].units"),
    ({"steps": 5}, "steps"),
]


@pytest.mark.parametrize(("asked", "field"), REFUSED, ids=lambda v: str(v)[:50])
def test_what_cannot_race_is_refused_by_name(
    client: TestClient, asked: dict[str, Any], field: str
) -> None:
    error = error_of(client.post("/api/races", json=asked), 422)
    assert error["field"] == field
    assert error["allowed"]
    assert error["message"].startswith(field)


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("advance", {"steps": 0}, "steps"),
        ("advance", {"steps": 1_000_001}, "steps"),
        ("advance", {"steps": "many"}, "steps"),
        ("advance", {}, "steps"),
        ("seek", {"step": -1}, "step"),
        ("seek", {"step": 2_000_000}, "step"),
        ("seek", {"step": 1, "run": 2}, "run"),
    ],
)
def test_steps_that_cannot_be_made_are_refused(
    client: TestClient, what: str, body: dict[str, Any], field: str
) -> None:
    race = made(client)
    error = error_of(client.post(f"/api/races/{race['id']}/{what}", json=body), 422)
    assert error["field"] == field


def test_a_race_that_is_gone_is_unknown(client: TestClient) -> None:
    race = made(client)
    where = f"/api/races/{race['id']}"
    assert client.delete(where).status_code == 204
    for answer in (client.get(where), client.delete(where), client.get(f"{where}/curves")):
        error = error_of(answer, 404)
        assert (error["code"], error["field"]) == ("unknown_race", "id")


@pytest.fixture
def small() -> Iterator[TestClient]:
    app = create_app(Settings(max_races=2))
    with TestClient(app, "http://localhost:8000", raise_server_exceptions=False) as client:
        yield client


def test_there_are_only_so_many_races(small: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(small)
    made(small)
    error = error_of(small.post("/api/races", json={}), 503)
    assert (error["code"], error["field"]) == ("full", "races")
    monkeypatch.setattr("app.runner.races._GRACE", 0.0)
    made(small)  # makes room by the one that was not looked at for longest
    error_of(small.get(f"/api/races/{first['id']}"), 404)


def test_races_are_counted(small: TestClient) -> None:
    app: Any = small.app
    app.state.teacher.sits_here = lambda address: True
    for wanted in ("backprop_lab_races 0", "backprop_lab_races 1"):
        assert wanted in small.get("/metrics").text.splitlines()
        made(small)


def test_stopping_is_for_sessions_no_lane_stops_by_itself(client: TestClient) -> None:
    race = made(client, spec={"stopping": {"epoch": 1}}, lanes=[ADAM])
    assert advanced(client, race, 60)["step"] == 60
    nets = Nets.parse({"spec": {"stopping": {"patience": 1}}})
    assert nets.lanes[0] == replace(Spec.parse({}), settings=nets.spec.settings)


@pytest.mark.parametrize(
    ("name", "sizes"), [("digits", [64, 32, 10]), ("stocks", [7, 10, 1]), ("weather", [7, 10, 1])]
)
def test_presets_have_the_nets_they_are_known_for(name: str, sizes: list[int]) -> None:
    network = Trainer(NET_PRESETS[name].nets.lanes[0]).network
    weights = [p.data.shape for key, p in network.named_parameters() if key.endswith("weight")]
    inputs, *between = ({*shape} for shape in weights)
    assert inputs == {*sizes[:2]} and between == [{*sizes[1:]}]
