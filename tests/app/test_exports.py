"""Walks as programs: each is run, and what it prints is held against its document."""

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.errors import Invalid
from app.exports.code import FORMATS, program
from app.exports.code.dialects import NUMPY, PYTORCH
from app.exports.code.micrograd import MICROGRAD
from app.walks.document import document, encoded
from app.walks.presets import PRESETS
from app.walks.source import SessionSource, read_source
from engine.expression import FUNCTIONS as MENU
from engine.layers import ACTIVATIONS
from engine.losses import BINARY, LOSSES
from engine.optimizers import OPTIMIZERS
from engine.regularizers import REGULARIZERS

NET = {"layers": [{"units": 3, "activation": "tanh"}, {}]}
FUNCTIONS = (
    "u = exp(a) + log(b) * sqrt(b); v = abs(c) - sigmoid(a) / tanh(b); r = relu(a) + relu(c); "
    "p = leaky_relu(c) + elu(c) + gelu(a); q = silu(b) + softplus(c); "
    "m = maximum(a, c) * minimum(b, 2) + clip(a, -1, 0.5) + maximum(c, -9) + sin(a) - cos(b); "
    "(u + v*r - p/q + m)**2 + b**a + 2**c - -a*a"
)
# names that a program needs for itself, constants that meet each other, a number used three times
AWKWARD = "k = 2; np*print + torch*Value + scale*F*math/L1 + grad_np**2*k + exp(2)*3**0.5*np + -np"


def default(**spec: Any) -> dict[str, Any]:
    return {"spec": spec, "step": 3}


CASES: dict[str, dict[str, Any]] = {
    **{name: {**source, "step": 2} for name, source in PRESETS.items()},
    "default, one sample": {**default(), "sample": 4},
    "default, minibatch": default(),
    "xor, minibatch": {**PRESETS["xor"], "sample": None},
    "functions": {
        "expression": FUNCTIONS,
        "values": {"a": 0.7, "b": 1.3, "c": -0.4},
        "learns": ["a", "b", "c"],
    },
    "awkward names": {"expression": AWKWARD, "values": {"np": 0.3, "Value": 2.0, "L1": -1.5}},
    "nothing learns": {"expression": "a*x", "values": {"a": 2.0, "x": 3.0}, "learns": []},
    "nothing in between": {"expression": "w*x", "values": {"w": 2.0, "x": 0.0}},
    **{
        f"{name} in an expression": {
            **PRESETS["sigmoid"],
            "optimizer": {"name": name},
            "step": 8,  # RAdam divides by v from the sixth update on
        }
        for name in OPTIMIZERS
    },
    **{f"{name} in a net": default(optimizer={"name": name}) for name in OPTIMIZERS},
    "sgd, every setting": default(
        optimizer={"name": "sgd", "momentum": 0.9, "dampening": 0.1, "nesterov": True}
    ),
    "rmsprop, every setting": default(
        optimizer={"name": "rmsprop", "momentum": 0.5, "centered": True}
    ),
    **{
        f"penalty {name}": default(regularization={"name": name, "rate": 0.02})
        for name in REGULARIZERS
    },
    "elastic net": default(regularization={"name": "elastic_net", "rate": 0.1, "l1_share": 0.3}),
    "penalty, one sample": {
        **default(regularization={"name": "elastic_net", "rate": 0.1}),
        "sample": 0,
    },
    "clipped values": default(clipping={"name": "value", "limit": 0.01}),
    "clipped norm": default(clipping={"name": "norm", "limit": 0.01}),
    "clipped values in an expression": {
        **PRESETS["rational"],
        "clipping": {"name": "value", "limit": 0.5},
    },
    "clipped norm in an expression": {
        **PRESETS["rational"],
        "clipping": {"name": "norm", "limit": 0.5},
        "optimizer": {"name": "adam"},
        "step": 2,
    },
    "schedule": default(schedule={"name": "step", "steps": 2}, optimizer={"name": "adam"}),
    "schedule of sgd": default(schedule={"name": "step", "steps": 2}),
    **{
        f"loss {loss}": default(loss=loss, network=NET)
        for loss, cls in LOSSES.items()
        if BINARY in cls.tasks
    },
    "huber, narrow": default(loss={"name": "huber", "delta": 0.3, "reduction": "sum"}, network=NET),
    "mse, summed": default(loss={"name": "mse", "reduction": "sum"}, network=NET),
    "three classes, summed": default(
        data={"name": "iris"}, loss={"name": "cross_entropy", "reduction": "sum"}, network=NET
    ),
    "three classes": default(data={"name": "iris"}, network=NET),
    "three classes, one sample": {**default(data={"name": "iris"}, network=NET), "sample": 3},
    **{
        f"activation {name}": default(network={"layers": [{"units": 3, "activation": name}, {}]})
        for name in ACTIVATIONS
    },
    "one neuron": default(network={"layers": [{}]}),
    "many inputs": default(data={"name": "digits"}, network=NET, batch_size=2),
}


@functools.lru_cache
def walk(case: str) -> dict[str, Any]:
    return document_of(CASES[case])


def document_of(given: dict[str, Any]) -> dict[str, Any]:
    """The document of a walk, as the server would send it."""
    source = read_source(given)
    assert not isinstance(source, SessionSource)
    trainer: Any = source.start()
    trainer.run(source.step)
    content: dict[str, Any] = json.loads(encoded(document(source.walk(trainer), source.to_json())))
    return content


def expected(content: dict[str, Any]) -> dict[str, float]:
    """Loss, gradients and new values of a walk, under the names that a program prints."""
    network = content["kind"] == "network"
    names = {n["id"]: n["element"] if network else n["name"] for n in content["nodes"]}
    loss = content["nodes"][-1]
    penalized = any(node["element"] == "penalty" for node in content["nodes"])
    numbers = {"objective" if penalized else "loss": loss["value"]}
    for node in content["nodes"]:
        if node["element"] == "penalty":
            numbers["penalty"] = node["value"]
        if node["op"] is None and node["grad"] is not None:
            numbers[f"{names[node['id']]}.grad"] = node["grad"]
    for position in content["positions"]:
        if position["phase"] == "update":
            numbers[f"{names[position['node']]}.new"] = position["after"]
    return numbers


# --- running them ---

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


@pytest.fixture(scope="module", params=FORMATS)
def printed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the programs of one format print, by case: one process runs all of them."""
    library = {"pytorch": "torch"}.get(request.param, request.param)
    pytest.importorskip(library)
    folder = tmp_path_factory.mktemp(request.param)
    paths = []
    for i, case in enumerate(CASES):
        paths.append(folder / f"walk_{i}.py")
        paths[-1].write_text(program(walk(case), request.param), encoding="utf-8")
    done = run([sys.executable, "-c", RUN, *map(str, paths)])
    return dict(zip(CASES, map(json.loads, done.splitlines()), strict=True))


def run(command: list[str], **more: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300, **more)
    return done.stdout


def numbers(text: str) -> dict[str, float]:
    """Lines of a name and a value."""
    lines = [line.rsplit(" ", 1) for line in text.splitlines()]
    try:
        return {name: float(value) for name, value in lines}
    except ValueError:
        raise AssertionError(text) from None


@pytest.mark.parametrize("case", CASES)
def test_a_program_prints_the_numbers_of_its_walk(printed: dict[str, str], case: str) -> None:
    got, wanted = numbers(printed[case]), expected(walk(case))
    if "penalty" in wanted:  # the program tells the loss without it, too
        assert got.pop("loss") == pytest.approx(got["objective"] - got["penalty"], rel=1e-9)
    assert got.keys() == wanted.keys()
    for name, value in wanted.items():
        assert got[name] == pytest.approx(value, rel=1e-9, abs=1e-13), name


def test_a_program_runs_by_itself_and_prints_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "step.py"
    path.write_text(program(walk("rational"), "numpy"))
    got = numbers(run([sys.executable, str(path)], cwd=tmp_path))
    assert got["loss"] == walk("rational")["loss"]  # to the last bit: the same operations


def test_a_program_of_a_net_of_32_bits_says_that_it_computes_with_more(tmp_path: Path) -> None:
    content = document_of(default(dtype="float32"))
    text = program(content, "numpy")
    assert "# The lab computed with 32 bits" in text
    path = tmp_path / "step.py"
    path.write_text(text)
    got = numbers(run([sys.executable, str(path)]))
    for name, value in expected(content).items():
        assert got[name] == pytest.approx(value, rel=1e-4, abs=1e-6), name


# --- how they read ---


def test_numpy_goes_back_by_the_chain_rule_one_use_after_the_other() -> None:
    lines = program(walk("rational"), "numpy").splitlines()
    start = lines.index("# --- backward: grad_v is dL/dv ---")
    assert lines[start + 1 : start + 17] == [
        "grad_L = np.float64(1)",
        "# L = e**2",
        "grad_e = grad_L * (2 * e)",
        "# e = y - t",
        "grad_y = grad_e",
        "# y = z / d",
        "grad_z = grad_y * (1 / d)",
        "grad_d = grad_y * (-z / d**2)",
        "# d = 1 + x",
        "grad_x = grad_d",
        "# z = m + b",
        "grad_m = grad_z",
        "grad_b = grad_z",
        "# m = w * x",
        "grad_w = grad_m * x",
        "grad_x += grad_m * w",
    ]


def test_a_minibatch_is_vectorized() -> None:
    text = program(walk("default, minibatch"), "numpy")
    assert "Z1 = X @ W1 + b1  # (10, 4)" in text
    assert "dZ2 = dA2 * (1 - A2**2)\ndW2 = A1.T @ dZ2\ndb2 = dZ2.sum(axis=0)" in text


def test_an_optimizer_is_written_with_the_terms_its_update_needs() -> None:
    text = program(walk("lion in an expression"), "numpy")
    assert "def lion(w, g, m_old):" in text
    assert "    mix = beta1 * m_old + (1 - beta1) * g" in text
    assert "    m = " not in text  # what it will remember does not change this step


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_no_line_of_a_program_is_long(case: str, format: str) -> None:
    for line in program(walk(case), format).splitlines():
        assert len(line) <= 100 or line.startswith("#"), line


@pytest.mark.parametrize("function", MENU)
def test_every_function_of_the_menu_is_run_in_a_program(function: str) -> None:
    assert f"{function}(" in FUNCTIONS
    for dialect in (NUMPY, PYTORCH, MICROGRAD):
        assert function in dialect.calls


# --- over the API ---


def test_the_api_answers_with_a_program(client: TestClient) -> None:
    for format in FORMATS:
        body = {"source": CASES["rational"], "format": format}
        answer = client.post("/api/walks/code", json=body)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.text == program(walk("rational"), format)


def test_a_moment_of_a_session_is_a_program_too(client: TestClient, tmp_path: Path) -> None:
    session = client.post("/api/sessions", json={"data": {"name": "xor"}}).json()["id"]
    source = {"session": session, "step": None}
    content = client.post("/api/walks", json={"source": source}).json()
    answer = client.post("/api/walks/code", json={"source": source, "format": "numpy"})
    path = tmp_path / "step.py"
    path.write_text(answer.text)
    got = numbers(run([sys.executable, str(path)]))
    for name, value in expected(content).items():
        assert got[name] == pytest.approx(value, rel=1e-9, abs=1e-13), name


def test_another_format_is_refused_with_those_there_are(client: TestClient) -> None:
    body = {"source": CASES["rational"], "format": "fortran"}
    answer = client.post("/api/walks/code", json=body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["field"], error["value"]) == ("format", "fortran")
    assert error["allowed"] == {"choices": list(FORMATS)}


def test_numbers_that_are_not_finite_make_no_program() -> None:
    content = json.loads(json.dumps(walk("rational")))
    content["nodes"][0]["value"] = None
    with pytest.raises(Invalid, match="not finite"):
        program(content, "numpy")
