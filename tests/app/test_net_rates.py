"""What other learning rates would have given: the engine's own training in every cell, the same
seeds for all lanes, told of as it is known, and ended by whoever stops reading."""

import asyncio
import json
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.races.net_rates import USUAL, NetRates
from app.settings import Settings
from engine.spec import Spec
from engine.training import Trainer
from tests.app.running import patiently
from tests.app.test_rest import error_of

ADAM = {"optimizer": {"name": "adam"}, "clipping": {"name": "norm", "limit": 1}}
PLATEAU = {"optimizer": {"name": "momentum"}, "schedule": {"name": "reduce_on_plateau"}}
RELU = {"network": {"layers": [{"units": 8, "activation": "relu"}, {"activation": "linear"}]}}


def lines_of(client: TestClient, **asked: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/races/rates", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def by_hand(spec: dict[str, Any], lane: dict[str, Any], rate: float, seed: int, steps: int) -> Any:
    optimizer = {**lane["optimizer"], "learning_rate": rate}
    whole = {**spec, **lane, "optimizer": optimizer, "seed": seed}
    trainer = Trainer(Spec.parse(whole))
    trainer.run(steps)
    found = trainer.evaluate()
    return None if trainer.overflow else (found["train_loss"], found["test_loss"])


def test_every_cell_is_what_training_by_hand_comes_to(client: TestClient) -> None:
    spec = {"data": {"name": "xor", "noise": 0.2}, "seed": 5}
    rates = [0.001, 0.1, 0.3]
    told = lines_of(client, spec=spec, lanes=[ADAM, PLATEAU], rates=rates, seeds=3, steps=120)
    cells = {(line["lane"], line["rate"]): line for line in told if "lane" in line}
    assert len(cells) == 6
    for (lane, rate), line in cells.items():
        assert line["seeds"] == [5, 6, 7]
        found = [by_hand(spec, [ADAM, PLATEAU][lane], rate, seed, 120) for seed in (5, 6, 7)]
        for part, losses in zip(("train", "test"), zip(*found, strict=True), strict=True):
            assert line[part] == {
                "median": sorted(losses)[1],
                "low": min(losses),
                "high": max(losses),
            }
        assert line["diverged"] == 0 and rates[line["index"]] == rate


def test_lanes_do_not_change_each_other(client: TestClient) -> None:
    asked: dict[str, Any] = {"rates": [0.03, 0.01], "seeds": 2, "steps": 60}
    there = lines_of(client, lanes=[ADAM, PLATEAU], **asked)
    back = lines_of(client, lanes=[PLATEAU, ADAM], **asked)
    keys = ("rate", "train", "test", "diverged", "seeds")
    of_adam = [[line[key] for key in keys] for line in there if line.get("lane") == 0]
    assert of_adam == [[line[key] for key in keys] for line in back if line.get("lane") == 1]


def test_a_rate_that_is_too_large_is_told_as_such(client: TestClient) -> None:
    asked = {"spec": RELU, "lanes": [{}], "rates": [0.01, 90], "seeds": 3, "steps": 200}
    cells = {line["rate"]: line for line in lines_of(client, **asked) if "lane" in line}
    assert cells[90]["diverged"] == 3
    assert cells[90]["test"] == {"median": None, "low": None, "high": None}
    assert cells[0.01]["diverged"] == 0 and cells[0.01]["test"]["high"] > 0


def test_progress_only_grows_and_ends_at_one_coarse_rates_first(client: TestClient) -> None:
    told = lines_of(client, lanes=[{}], seeds=1, steps=60)
    progress = [line["progress"] for line in told]
    assert progress == sorted(progress) and progress[-1] == 1
    rates = [line["rate"] for line in told if "lane" in line]
    assert sorted(rates) == USUAL == pytest.approx(np.logspace(-4, 0, 13).tolist(), rel=5e-3)
    assert rates[:4] == USUAL[::4] and sorted(rates[:7]) == USUAL[::2]


def test_the_last_seeds_go_round() -> None:
    asked = {"spec": {"seed": 2**32 - 1}, "rates": [0.1], "seeds": 2, "steps": 1}
    assert NetRates.parse(asked).seeds == (2**32 - 1, 0)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"rates": []}, "rates"),
        ({"rates": [0.1] * 41}, "rates"),
        ({"rates": [0.1, -1]}, "rates[1]"),
        ({"rates": [1e9]}, "rates[0]"),
        ({"seeds": 0}, "seeds"),
        ({"seeds": 10}, "seeds"),
        ({"steps": 0}, "steps"),
        ({"steps": 1.5}, "steps"),
        ({"steps": 100_000, "seeds": 9}, "steps"),
        ({"lanes": [{"optimizer": {"name": "best"}}]}, "lanes[0].optimizer.name"),
        ({"rate": [1]}, "rate"),
    ],
    ids=str,
)
def test_what_cannot_be_tried_is_refused(client: TestClient, asked: Any, field: str) -> None:
    error = error_of(client.post("/api/races/rates", json=asked), 422)
    assert error["field"] == field and error["allowed"]


@patiently
def test_a_closed_connection_ends_it_within_300_ms() -> None:
    spec = {"data": {"name": "digits"}, "network": {"layers": [{"units": 32}, {}]}}
    asked = {"spec": spec, "lanes": [ADAM], "rates": [0.01, 0.1], "seeds": 1, "steps": 100_000}
    told = 0

    class Counted(NetRates):
        def lines(self) -> Iterator[dict[str, Any]]:
            nonlocal told
            for line in super().lines():
                told += 1
                yield line

    async def scenario() -> None:
        app = create_app(Settings())
        async with app.router.lifespan_context(app):
            seconds = await _left(app, "/api/races/rates", asked)
            assert seconds < 0.3
            then = told
            await asyncio.sleep(0.2)
            assert told == then > 0

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("app.routes.races.NetRates", Counted)
        asyncio.run(asyncio.wait_for(scenario(), 60))


async def _left(app: Any, path: str, body: Any) -> float:
    """Close the connection after the first line; the seconds until the server is done with it."""
    host = [(b"host", b"localhost")]
    asgi = {"version": "3.0", "spec_version": "2.3"}
    scope = {"type": "http", "asgi": asgi, "http_version": "1.1", "method": "POST", "path": path}
    scope |= {"raw_path": path.encode(), "query_string": b"", "headers": host, "scheme": "http"}
    asked, answered = [json.dumps(body).encode()], asyncio.Event()
    left = 0.0

    async def receive() -> dict[str, Any]:
        nonlocal left
        if asked:
            return {"type": "http.request", "body": asked.pop(), "more_body": False}
        await answered.wait()
        left = perf_counter()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            answered.set()

    await app(scope, receive, send)
    return perf_counter() - left
