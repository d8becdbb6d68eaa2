"""Runs as programs: each is run by itself, and prints the losses of its session."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.errors import Invalid
from app.exports.run import numpy_text, pytorch_text, rules, settings
from app.exports.run.history import History
from app.exports.run.program import LIBRARIES, program
from app.exports.run.weights import fit_weights, read_weights, write_weights
from app.sessions.session import TrainingSession
from engine.clipping import CLIPPINGS
from engine.layers import ACTIVATIONS
from engine.losses import BINARY, LOSSES
from engine.optimizers import OPTIMIZERS
from engine.regularizers import REGULARIZERS
from engine.schedules import SCHEDULES
from tests.app.sessions import do
from tests.app.test_run_exports import NORMS, train, trained

STEPS = 130  # several epochs of 25 steps
NET: dict[str, Any] = {"layers": [{"units": 5}, {}]}
IRIS: dict[str, Any] = {"data": {"name": "iris"}, "network": NET}
PLATEAU = {"name": "reduce_on_plateau", "patience": 0, "threshold": 0.3, "cooldown": 1}


def hidden(**layer: Any) -> dict[str, Any]:
    return {"network": {"layers": [{"units": 4}, {"units": 4, **layer}, {}]}}


SPECS: dict[str, dict[str, Any]] = {
    "default": {},
    **{f"optimizer {name}": {"optimizer": {"name": name}} for name in OPTIMIZERS},
    "sgd, every setting": {
        "optimizer": {"name": "sgd", "momentum": 0.8, "dampening": 0.1, "nesterov": True}
    },
    "rmsprop, every setting": {"optimizer": {"name": "rmsprop", "momentum": 0.5, "centered": True}},
    "adamw, more decay": {"optimizer": {"name": "adamw", "weight_decay": 0.5}},
    "lion with decay": {"optimizer": {"name": "lion", "weight_decay": 0.5}},
    **{
        f"loss {name}": {"loss": name, "network": NET}
        for name, loss in LOSSES.items()
        if BINARY in loss.tasks
    },
    "huber, narrow, summed": {
        "loss": {"name": "huber", "delta": 0.3, "reduction": "sum"},
        "optimizer": {"learning_rate": 0.003},
    },
    "classes": IRIS,
    "classes, weighted": {
        **IRIS,
        "loss": {"name": "cross_entropy", "class_weights": [1.0, 2.0, 0.5]},
    },
    "classes, balanced, summed": {
        **IRIS,
        "loss": {"name": "cross_entropy", "class_weights": "balanced", "reduction": "sum"},
        "optimizer": {"learning_rate": 0.003},
    },
    "digits": {"data": {"name": "digits", "samples": 200}},
    "windows of prices": {"data": {"name": "stocks"}, "network": NET},
    "measurements in units": {"data": {"name": "diabetes"}, "network": NET},
    **{f"activation {name}": hidden(activation=name) for name in ACTIVATIONS},
    **{
        f"schedule {name}": {
            "schedule": {"name": name, **({"steps": 40} if hasattr(rule, "steps") else {})}
        }
        for name, rule in SCHEDULES.items()
    },
    "plateau": {"schedule": PLATEAU, "optimizer": {"learning_rate": 0.2}},
    "plateau of the validation": {
        "data": {"validation_fraction": 0.2},
        "schedule": PLATEAU,
        "optimizer": {"learning_rate": 0.2},
    },
    "restarts of one length": {"schedule": {"name": "cosine_restarts", "steps": 30, "growth": 1}},
    **{f"clipping {n}": {"clipping": {"name": n, "limit": 0.05}} for n in CLIPPINGS},
    **{f"penalty {n}": {"regularization": {"name": n, "rate": 0.02}} for n in REGULARIZERS},
    "elastic net": {"regularization": {"name": "elastic_net", "rate": 0.05, "l1_share": 0.3}},
    "batch norm": hidden(normalization="batch"),
    "layer norm": hidden(normalization="layer"),
    "dropout": hidden(dropout=0.3),
    "residual": hidden(residual=True),
    "a neuron cut out": hidden(cut=[1]),
    "a neuron cut out behind dropout": hidden(cut=[1, 2], dropout=0.3, residual=True),
    **{
        f"frozen, {name}": {
            **hidden(frozen=[[0, 1], [3, 3], [2]]),
            "optimizer": {"name": name, "learning_rate": 0.01},
            "clipping": {"name": "norm", "limit": 0.1},
        }
        for name in ("sgd", "adamw", "nadam")
    },
    "a layer frozen": hidden(frozen="all", normalization="layer"),
    "everything in a layer": {**NORMS, "optimizer": {"name": "adam"}},
    "one sample": {"batch_size": 1},
    "all samples": {"batch_size": "all"},
    "a last batch that is smaller": {"batch_size": 37},
    "more inputs": {"data": {"features": ["x1", "x2", "x1_squared", "sin_x2"]}},
    "32 bits": {"dtype": "float32", **NORMS},
    "not trained": {},
}


def changed_on_the_way() -> TrainingSession:
    """Every kind of change, also of what keeps something in memory."""
    session = trained({"optimizer": {"name": "adam", "learning_rate": 0.01}}, 33)
    weights = read_weights(write_weights(session.trainer))

    def then(changes: dict[str, Any], steps: int) -> None:
        do(session, "set", changes=changes)
        train(session, steps)

    then({"batch_size": 7, "loss": "huber"}, 20)
    do(session, "edit", parameter="layers.0.weight", index=[1, 2], value=-0.25)
    then({"optimizer": {"name": "sgd", "momentum": 0.9}}, 20)
    then({"optimizer": {"momentum": 0.0}, "schedule": PLATEAU}, 60)
    then({"optimizer": {"momentum": 0.5}, "clipping": {"name": "norm", "limit": 0.1}}, 20)
    session.load_weights(fit_weights(session.trainer.network, weights))
    layers = session.spec.to_json()["network"]["layers"]
    layers[1]["activation"], layers[1]["dropout"] = "relu", 0.25
    then({"network": {"layers": layers}, "regularization": {"name": "l2", "rate": 0.01}}, 20)
    then({"schedule": {"name": "cosine"}, "clipping": {"name": "none"}}, 20)
    then({"schedule": PLATEAU}, 40)
    do(session, "edit", parameter="layers.2.bias", index=[0], value=0.125)  # and not a step more
    return session


def a_branch() -> TrainingSession:
    session = trained({}, 100)
    do(session, "seek", step=40)
    do(session, "set", changes={"optimizer": {"learning_rate": 0.2}})
    train(session, 30)
    return session


def at_an_earlier_step() -> TrainingSession:
    session = trained({}, 60)
    do(session, "set", changes={"optimizer": {"learning_rate": 0.2}})
    train(session, 30)
    do(session, "seek", step=50)
    return session


def after_an_undo() -> TrainingSession:
    session = trained({}, 60)
    do(session, "set", changes={"optimizer": {"learning_rate": 0.2}})
    do(session, "undo")
    return session


MADE = {f.__name__: f for f in (changed_on_the_way, a_branch, at_an_earlier_step, after_an_undo)}
CASES = [*SPECS, *MADE]

RUN = """
import contextlib, io, json, runpy, sys, traceback
for path in sys.argv[1:]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            runpy.run_path(path)
        except Exception:
            traceback.print_exc(file=out)
    print(json.dumps(out.getvalue()))
"""


@pytest.fixture(scope="module")
def sessions() -> dict[str, TrainingSession]:
    found = {
        case: trained(spec, 0 if case == "not trained" else STEPS) for case, spec in SPECS.items()
    }
    return found | {name: make() for name, make in MADE.items()}


@pytest.fixture(scope="module", params=LIBRARIES)
def printed(
    request: pytest.FixtureRequest,
    sessions: dict[str, TrainingSession],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """What the programs in one library print, by case: one process runs all of them."""
    pytest.importorskip({"pytorch": "torch"}.get(request.param, request.param))
    folder = tmp_path_factory.mktemp(request.param)
    paths = []
    for i, session in enumerate(sessions.values()):
        paths.append(folder / f"train_{i}.py")
        paths[-1].write_text(text_of(session, request.param), encoding="utf-8")
    return dict(zip(sessions, map(json.loads, run([RUN, *map(str, paths)], "-c")), strict=True))


def text_of(session: TrainingSession, format: str) -> str:
    return program(session.trainer, History.of(session), format)


def run(arguments: list[str], *options: str) -> list[str]:
    command = [sys.executable, *options, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return done.stdout.splitlines()


def numbers(text: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in text.splitlines()]
    try:
        return {name: float(value) for name, value in lines}
    except ValueError:
        raise AssertionError(text) from None


@pytest.mark.parametrize("case", CASES)
def test_a_program_prints_the_losses_of_its_run(
    sessions: dict[str, TrainingSession], printed: dict[str, str], case: str
) -> None:
    session = sessions[case]
    metrics, got = session.metrics(), numbers(printed[case])
    assert got.keys() == {name for name in metrics if name.endswith("_loss")}
    most = 1e-4 if session.spec.dtype == "float32" else 1e-6
    for name, value in got.items():
        assert abs(value - metrics[name]) <= most, name


def test_the_run_is_one_that_training_has_changed(sessions: dict[str, TrainingSession]) -> None:
    untrained = sessions["not trained"].metrics()["train_loss"]
    assert abs(untrained - sessions["default"].metrics()["train_loss"]) > 0.1
    assert sessions["plateau"].trainer.factor < 1.0
    assert len(sessions["changed_on_the_way"].run.edits) > 8


def test_a_program_runs_by_itself(client: TestClient, tmp_path: Path) -> None:
    where = client.post("/api/sessions", json={"seed": 5}).headers["location"]
    answer = client.get(f"{where}/export/train_numpy.py")
    path = tmp_path / "train.py"
    path.write_text(answer.text)
    got = numbers("\n".join(run([str(path)])))
    metrics = client.get(where).json()["metrics"]
    assert got == pytest.approx({name: metrics[name] for name in got}, rel=1e-9)
    assert f"#     train_loss {metrics['train_loss']!r}" in answer.text


def test_a_program_holds_only_what_its_run_needs(sessions: dict[str, TrainingSession]) -> None:
    for format in LIBRARIES:
        text = text_of(sessions["default"], format)
        for word in ("#?", "dropout", "normalize", "adam", "huber", "clip", "penalty", "change("):
            assert word not in text.replace("change(w", ""), word
        assert "def normalize" in text_of(sessions["batch norm"], format)


@pytest.mark.parametrize("format", LIBRARIES)
def test_lines_are_not_long(sessions: dict[str, TrainingSession], format: str) -> None:
    for case, session in sessions.items():
        for line in text_of(session, format).splitlines():
            assert len(line) <= 160, f"{case}: {line}"


def test_every_rule_of_the_menus_can_be_written() -> None:
    assert rules.OPTIMIZERS.keys() == OPTIMIZERS.keys()
    assert rules.SCHEDULES.keys() == SCHEDULES.keys()
    assert {"none", *rules.CLIPPINGS} == set(CLIPPINGS)
    for text in (numpy_text, pytorch_text):
        assert text.LOSSES.keys() == LOSSES.keys()


def test_layers_that_programs_do_not_know_are_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, sessions: dict[str, TrainingSession]
) -> None:
    monkeypatch.setattr(settings, "FIELDS", settings.FIELDS - {"dropout"})
    text_of(sessions["default"], "numpy")  # has none
    with pytest.raises(Invalid, match="layers of the kind dropout") as refusal:
        text_of(sessions["dropout"], "numpy")
    assert refusal.value.field == "network.layers"
