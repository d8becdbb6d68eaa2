"""The walkthrough: a step as scalars, edge by edge. Everything in it is held against computations
that know nothing of it: the tensor tape, finite differences, the trainer's own next step."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Spec, Trainer
from engine.expression import evaluate, formula, parse, run
from engine.fields import to_json
from engine.gradcheck import difference
from engine.names import Names
from engine.optimizers import OPTIMIZERS
from engine.rerun import Rerun, check
from engine.tensor import Tensor
from engine.walkthrough import (
    Formula,
    FormulaTrainer,
    TooManyOps,
    Vertex,
    Walk,
    walk_expression,
    walk_network,
)

# --- what is gone through ---

FORMULAS: dict[str, Formula] = {
    "micrograd's neuron": Formula(
        parse("n = x1*w1 + x2*w2 + b; o = tanh(n)"),
        {"x1": 2.0, "w1": -3.0, "x2": 0.0, "w2": 1.0, "b": 6.8813735870195432},
        ("w1", "w2", "b"),
        (),
    ),
    "a fraction": Formula(
        parse("((w*x + b) / (1 + x) - t)**2"),
        {"w": 3.0, "x": 2.0, "b": -1.0, "t": 1.0},
        ("w", "b"),
        ("t",),
    ),
    "a value used three times": Formula(
        parse("m = a*b; L = m*m + a*m - exp(m)"), {"a": 0.7, "b": -1.2}, ("a", "b"), ()
    ),
    "constants with an operation of their own": Formula(
        parse("c = 2*t; L = (w*(1 + 2) - c)**2"), {"w": 0.5, "t": 1.0}, ("w",), ("t",)
    ),
    "every function": Formula(
        parse(
            "exp(a) + log(b) + sqrt(b) + abs(a) + sigmoid(a) + tanh(a) + relu(b) + leaky_relu(a)"
            " + elu(a) + gelu(a) + silu(a) + softplus(a) + maximum(a, b) + minimum(a, b)"
            " + clip(a, -1, 1) + a**3 + b**a - a/b - -a"
        ),
        {"a": -0.4, "b": 1.3},
        ("a", "b"),
        (),
    ),
}

NETS: dict[str, dict[str, Any]] = {
    "default": {},
    "relu and bce": {
        "network": {"layers": [{"activation": "relu"}, {"activation": "leaky_relu"}, {}]},
        "loss": "bce_with_logits",
    },
    "sigmoid and hinge": {"network": {"layers": [{"activation": "sigmoid"}, {}]}, "loss": "hinge"},
    "smooth and mae": {
        "network": {"layers": [{"activation": a} for a in ("elu", "gelu", "silu", "softplus")]},
        "loss": "mae",
        "regularization": {"name": "l1", "rate": 0.01},
    },
    "huber and a penalty": {
        "loss": "huber",
        "regularization": {"name": "elastic_net", "rate": 0.1},
    },
    "three classes and a penalty": {
        "data": {"name": "iris"},
        "regularization": {"name": "l2", "rate": 0.1},
    },
    "one input": {"data": {"name": "wave"}, "network": {"layers": [{"units": 3}, {}]}},
    "a single neuron": {"network": {"layers": [{}]}, "batch_size": 1},
}


def trained(name: str, steps: int = 20, **settings: Any) -> Trainer:
    trainer = Trainer(Spec.parse({"batch_size": 4, **NETS[name], **settings}))
    trainer.run(steps)
    return trainer


def of_formula(name: str) -> Walk:
    return walk_expression(FormulaTrainer(FORMULAS[name], Spec.parse({})))


WALKS = {
    **{name: (lambda name=name: of_formula(name)) for name in FORMULAS},
    **{name: (lambda name=name: walk_network(trained(name))) for name in NETS},
    **{f"{name}, one sample": (lambda name=name: walk_network(trained(name), 0)) for name in NETS},
}


@pytest.fixture(scope="module", params=WALKS)
def walk(request: pytest.FixtureRequest) -> Walk:
    return WALKS[request.param]()


def grad(vertex: Vertex) -> float:
    assert vertex.tensor.grad is not None
    return float(vertex.tensor.grad)


# --- true of every walk ---


def test_each_vertex_comes_after_what_it_is_computed_from(walk: Walk) -> None:
    vertices = walk.graph.vertices
    assert [vertex.id for vertex in vertices] == list(range(len(vertices)))
    assert all(source < vertex.id for vertex in vertices for source in vertex.inputs)
    assert vertices[-1].tensor is walk.graph.loss
    used = {source for vertex in vertices for source in vertex.inputs}
    assert used == set(range(len(vertices) - 1))  # everything is on the way to the loss


def test_every_value_is_what_its_op_makes_of_its_inputs(walk: Walk) -> None:
    for vertex in walk.graph.vertices:
        if vertex.op is not None:
            inputs = [walk.graph.vertices[i].tensor.data for i in vertex.inputs]
            assert float(vertex.op.forward(*inputs)) == vertex.value


def test_every_edge_is_gone_back_along_once(walk: Walk) -> None:
    edges = [
        (source, vertex.id, i)
        for vertex in walk.graph.vertices
        if vertex.learns
        for i, source in enumerate(vertex.inputs)
        if walk.graph.vertices[source].learns
    ]
    found = [(arrival.vertex, arrival.source, arrival.input) for arrival in walk.backward.arrivals]
    assert len(found) == len(set(found))
    assert set(found) == set(edges)


def test_the_way_back_is_the_way_forward_reversed(walk: Walk) -> None:
    users = [user for user, _ in itertools.groupby(a.source for a in walk.backward.arrivals)]
    assert users == sorted(users, reverse=True)
    assert len(users) == len(set(users))


def test_contributions_add_up_to_the_gradient_to_the_last_bit(walk: Walk) -> None:
    totals: dict[int, np.float64 | np.float32] = {}
    last: dict[int, Any] = {}
    for arrival in walk.backward.arrivals:
        before = totals.get(arrival.vertex)
        totals[arrival.vertex] = (
            arrival.contribution if before is None else before + arrival.contribution
        )
        assert arrival.sum == totals[arrival.vertex]
        assert arrival.nth == (last[arrival.vertex].nth + 1 if arrival.vertex in last else 1)
        last[arrival.vertex] = arrival
    for vertex in walk.graph.vertices[:-1]:
        if vertex.learns:
            assert last[vertex.id].sum == grad(vertex)
            assert last[vertex.id].nth == last[vertex.id].of
        else:
            assert vertex.id not in last
    assert grad(walk.graph.vertices[-1]) == 1.0


def test_a_contribution_is_upstream_times_local(walk: Walk) -> None:
    for arrival in walk.backward.arrivals:
        assert arrival.upstream == grad(walk.graph.vertices[arrival.source])
        assert arrival.local == walk.backward.locals[arrival.source][arrival.input]
        product = arrival.upstream * arrival.local
        # 1 - tanh^2 has few digits where it is small, however it is multiplied
        assert arrival.contribution == pytest.approx(product, 1e-14, 1e-15 * abs(arrival.upstream))


def test_local_derivatives_are_slopes(walk: Walk) -> None:
    for vertex in walk.graph.vertices:
        if vertex.op is None:
            continue
        inputs = [walk.graph.vertices[i].tensor.data.astype(float).copy() for i in vertex.inputs]
        op = vertex.op
        for i, local in enumerate(walk.backward.locals[vertex.id]):
            assert local is not None
            slope = difference(lambda: float(op.forward(*inputs)), inputs[i], ())  # noqa: B023
            assert local == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_every_gradient_agrees_with_finite_differences(walk: Walk) -> None:
    rerun = Rerun(walk.graph.loss)
    for vertex in walk.graph.vertices:
        if vertex.learns:
            found = check(rerun, vertex.tensor)
            assert found.kink is not None or found.steps[found.best].relative_error < 1e-6, vertex


def test_recomputing_gives_the_same_loss(walk: Walk) -> None:
    loss = walk.graph.vertices[-1].value
    assert walk.graph.recompute({}) == loss
    same = {vertex.id: vertex.value for vertex in walk.graph.parameters}
    assert walk.graph.recompute(same) == loss


# --- networks: what the trainer computes ---


def assert_same(walk: Walk, network: Any, objective: Tensor, targets: Any, row: int) -> set[str]:
    """Every number of the walk that has a name in the network is that number there."""
    names = Names(network, objective, targets)
    found = set()
    for vertex in walk.graph.vertices:
        if vertex.address is None:
            continue
        name, index = vertex.address
        if name != "input" and "weight" not in name and "bias" not in name and index:
            index = (index[0] - row, *index[1:])
        if name == "input":
            index = (index[0] - row, index[1])
        node = names[name]
        assert vertex.value == pytest.approx(float(node.data[index]), rel=1e-11, abs=1e-14)
        if vertex.learns:
            assert node.grad is not None
            assert grad(vertex) == pytest.approx(float(node.grad[index]), rel=1e-11, abs=1e-14)
        found.add(name.rpartition(".")[2])
    return found


@pytest.mark.parametrize("name", NETS)
def test_a_minibatch_has_the_numbers_of_the_trainer(name: str) -> None:
    trainer = trained(name)
    walk = walk_network(trainer)
    trainer.gradients()
    assert trainer.objective is not None
    targets = trainer.next_batch()[1]
    found = assert_same(walk, trainer.network, trainer.objective, targets, 0)
    assert {"weight", "bias", "product", "input", "output", "loss"} <= found
    assert ("penalty" in found) == ("regularization" in NETS[name])
    assert walk.targets == tuple(targets)
    assert walk.rows == tuple(trainer.next_rows())
    parameters = sum(tensor.data.size for tensor in trainer.network.parameters())
    assert len(walk.graph.parameters) == parameters


@pytest.mark.parametrize("name", NETS)
def test_one_sample_has_the_numbers_of_that_sample_alone(name: str) -> None:
    trainer = trained(name)
    x, y = trainer.next_batch()
    for sample in range(len(y)):
        walk = walk_network(trainer, sample)
        output = trainer.network.forward(Tensor(x[sample : sample + 1], requires_grad=False))
        loss = trainer.loss(output, y[sample : sample + 1])
        penalty = trainer.spec.regularization.penalty(trainer.network.weights())
        objective = loss if penalty is None else loss + penalty
        for parameter in trainer.network.parameters():
            parameter.grad = None
        objective.backward()
        assert_same(walk, trainer.network, objective, y[sample : sample + 1], sample)
        assert walk.graph.vertices[-1].value == pytest.approx(float(objective), rel=1e-12)


def test_a_net_of_float32_is_gone_through_in_float32() -> None:
    trainer = trained("default", dtype="float32")
    walk = walk_network(trainer)
    assert all(vertex.tensor.data.dtype == np.float32 for vertex in walk.graph.vertices)
    loss = trainer.gradients()
    assert walk.graph.vertices[-1].value == pytest.approx(loss, rel=1e-6)


def test_a_sample_that_is_not_in_the_minibatch_is_refused() -> None:
    for sample in (-1, 4):
        with pytest.raises(IndexError):
            walk_network(trained("default"), sample)


def test_too_large_a_graph_is_refused_with_its_size() -> None:
    layers = {"layers": [{"units": 64}, {"units": 64}, {}]}
    trainer = Trainer(Spec.parse({"network": layers}))
    with pytest.raises(TooManyOps) as refused:
        walk_network(trainer)
    one = 64 * (2 * 2 + 1) + 64 * (2 * 64 + 1) + (2 * 64 + 1)
    assert (refused.value.ops, refused.value.of_one_sample) == (10 * one, one)


def test_a_walk_does_not_move_the_trainer() -> None:
    alone, watched = trained("default", 30), trained("default", 20)
    for sample in (None, 1):
        walk_network(watched, sample)
    for _ in range(10):
        watched.step()
        walk_network(watched)
    for a, b in zip(alone.network.parameters(), watched.network.parameters(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_groups_are_samples_layers_and_neurons() -> None:
    walk = walk_network(trained("huber and a penalty"))
    groups = walk.graph.groups
    tops = [group.kind for group in groups if group.parent == 0]
    assert tops == ["parameters", *["sample"] * 4, "loss", "penalty"]
    for vertex in walk.graph.vertices:
        group = groups[vertex.group]
        if vertex.role == "parameter":
            layer = groups[group.parent or 0]
            assert vertex.element is not None
            assert vertex.element.startswith(f"layers.{layer.index}.")
            assert vertex.element.endswith(f"{group.index}]")
    for group in groups:
        if group.kind == "neuron" and groups[groups[group.parent or 0].parent or 0].index == 2:
            (output,) = group.outputs
            element = walk.graph.vertices[output].element
            assert element is not None and element.endswith(f".output[2,{group.index}]")


def test_a_neuron_gives_its_output_also_where_a_penalty_uses_its_weights() -> None:
    walk = walk_network(trained("huber and a penalty"), sample=0)
    neurons = [group for group in walk.graph.groups if group.kind == "neuron"]
    for group in neurons:
        (output,) = group.outputs
        assert walk.graph.vertices[output].name in ("a", "z")


def test_the_loss_the_penalty_and_their_sum_have_names() -> None:
    walk = walk_network(trained("huber and a penalty"))
    named = {v.name: v.value for v in walk.graph.vertices if v.name in ("D", "R", "L")}
    assert named["L"] == named["D"] + named["R"]
    assert walk.graph.vertices[-1].name == "L"


# --- expressions ---


@pytest.mark.parametrize("name", FORMULAS)
def test_an_expression_has_the_numbers_of_the_tensor_tape(name: str) -> None:
    formula, walk = FORMULAS[name], of_formula(name)
    leaves = {name: Tensor([value]) for name, value in formula.values.items()}
    results = run(formula.program, leaves)
    results[formula.program.result].backward()
    for vertex in walk.graph.vertices:
        tensor = {**leaves, **results}.get(vertex.name)
        if tensor is not None:
            assert vertex.value == tensor.data[0]
            if vertex.learns:
                assert grad(vertex) == pytest.approx(tensor.grad[0], rel=1e-14)


def test_what_is_constant_takes_no_gradient_but_is_there() -> None:
    walk = of_formula("constants with an operation of their own")
    learns = {vertex.name: vertex.learns for vertex in walk.graph.vertices}
    assert not any(learns[name] for name in ("t", "c", "1", "2"))
    assert learns["w"] and learns["L"]
    c = next(vertex for vertex in walk.graph.vertices if vertex.name == "c")
    assert c.op is not None and walk.backward.locals[c.id] == (1.0, 2.0)


def test_unnamed_results_are_numbered_in_their_order() -> None:
    walk = of_formula("a fraction")
    names = [vertex.name for vertex in walk.graph.vertices if vertex.op is not None]
    assert names == ["v1", "v2", "v3", "v4", "v5", "L"]


def test_a_name_of_ours_gives_way_to_a_readers() -> None:
    formula = Formula(parse("v1*w + v2"), {"v1": 1.0, "w": 2.0, "v2": 3.0}, ("w",), ())
    walk = walk_expression(FormulaTrainer(formula, Spec.parse({})))
    names = [vertex.name for vertex in walk.graph.vertices]
    assert len(names) == len(set(names))


# --- the update ---

RULES: dict[str, dict[str, Any]] = {
    **{name: {"optimizer": {"name": name}} for name in OPTIMIZERS},
    "sgd with nesterov": {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True}},
    "centered rmsprop": {"optimizer": {"name": "rmsprop", "centered": True, "momentum": 0.5}},
    "decay": {"optimizer": {"name": "lion", "weight_decay": 0.1}},
    "clipped by norm": {"clipping": {"name": "norm", "limit": 0.01}},
    "clipped by value": {"clipping": {"name": "value", "limit": 0.01}},
    "scheduled": {"schedule": {"name": "cosine"}, "optimizer": {"name": "adam"}},
    "all of it": {
        "optimizer": {"name": "adamw"},
        "clipping": {"name": "norm", "limit": 0.01},
        "schedule": {"name": "cosine"},
        "regularization": {"name": "l2", "rate": 0.1},
    },
}


@pytest.mark.parametrize("steps", [0, 1, 12])
@pytest.mark.parametrize("rule", RULES)
def test_the_update_is_the_trainers_next_step(rule: str, steps: int) -> None:
    trainer = trained("default", steps, **RULES[rule])
    walk = walk_network(trainer)
    x, y = trainer.next_batch()
    trainer.step()
    parameters = dict(trainer.network.named_parameters())
    assert {change.vertex for change in walk.update.changes} == {
        vertex.id for vertex in walk.graph.parameters
    }
    for change in walk.update.changes:
        address = walk.graph.vertices[change.vertex].address
        assert address is not None
        name, index = address
        # replayed, the same formulas are computed in another order: the last bit may differ
        assert change.after == pytest.approx(parameters[name].data[index], rel=1e-12, abs=1e-15)
        assert change.terms["gradient"] == pytest.approx(
            grad(walk.graph.vertices[change.vertex]), rel=1e-11, abs=1e-14
        )
        assert change.before + change.terms["update"] == change.after
        taken = {
            key: value[index] if value.ndim else value for key, value in trainer.terms[name].items()
        }
        assert change.terms.items() >= taken.items()
        state = trainer.memory.states[name]
        assert set(change.state) <= set(state)
    loss = trainer.loss(trainer.network.forward(Tensor(x, requires_grad=False)), y)
    penalty = trainer.spec.regularization.penalty(trainer.network.weights())
    objective = float(loss) + (0.0 if penalty is None else float(penalty))
    assert walk.update.loss == pytest.approx(objective, rel=1e-12)
    assert walk.update.step == steps + 1


@pytest.mark.parametrize("rule", RULES)
def test_every_formula_of_the_optimizer_has_its_number(rule: str) -> None:
    trainer = trained("default", 7, **RULES[rule])
    optimizer, memory = trainer.optimizer, trainer.memory
    walk = walk_network(trainer)
    for change in walk.update.changes:
        terms, address = change.terms, walk.graph.vertices[change.vertex].address
        assert address is not None
        name, index = address
        assert change.state == {key: array[index] for key, array in memory.states[name].items()}
        values = {**to_json(optimizer), **{f"{k}_old": v for k, v in change.state.items()}, **terms}
        values |= {"w": change.before, "t": 8.0, "g": terms.get("clipped", terms["gradient"])}
        formulas = optimizer.formulas(8, memory.states["layers.0.bias"])
        assert [key for key in terms if key in formulas] == list(formulas)
        for name, text in formulas.items():
            factor = terms.get("schedule", 1.0) if name == "update" else 1.0
            number = evaluate(formula(text), values) * factor
            assert terms[name] == pytest.approx(number, rel=1e-12, abs=1e-300), name


def test_terms_come_in_the_order_of_computation() -> None:
    walk = walk_network(trained("default", 3, **RULES["all of it"]))
    keys = list(walk.update.changes[0].terms)
    assert keys[:2] == ["gradient", "clipped"] and keys[-2:] == ["schedule", "update"]


def test_one_sample_is_moved_by_its_own_gradient() -> None:
    trainer = trained("default")
    walk = walk_network(trainer, 2)
    for change in walk.update.changes:
        gradient = grad(walk.graph.vertices[change.vertex])
        assert change.terms["gradient"] == gradient
        assert change.after == change.before + gradient * -0.03


@pytest.mark.parametrize("rule", RULES)
def test_the_steps_of_an_expression_follow_one_another(rule: str) -> None:
    spec = Spec.parse({k: v for k, v in RULES[rule].items() if k != "regularization"})
    trainer, ahead = (FormulaTrainer(FORMULAS["a fraction"], spec) for _ in range(2))
    for step in range(5):
        ahead = FormulaTrainer(FORMULAS["a fraction"], spec)
        assert ahead.run(step)
        walk = walk_expression(ahead)
        assert trainer.values == ahead.values
        assert trainer.run(1)
        for change in walk.update.changes:
            assert change.after == trainer.values[walk.graph.vertices[change.vertex].name]
        after = walk_expression(trainer)
        assert walk.update.loss == after.graph.vertices[-1].value
        assert after.moment.step == step + 1


def test_an_expression_that_learns_nothing_stays_as_it_is() -> None:
    formula = Formula(parse("x**2"), {"x": 3.0}, (), ())
    walk = walk_expression(FormulaTrainer(formula, Spec.parse({"clipping": {"name": "norm"}})))
    assert walk.update.changes == () and walk.update.loss == 9.0


# --- numbers that overflow ---


def test_a_walk_through_an_overflow_can_be_made() -> None:
    formula = Formula(parse("log(a) + exp(1000*b)/0"), {"a": -1.0, "b": 1.0}, ("a", "b"), ())
    trainer = FormulaTrainer(formula, Spec.parse({}))
    walk = walk_expression(trainer)
    assert math.isnan(walk.graph.vertices[-1].value)
    assert not math.isfinite(walk.update.loss)
    assert not trainer.run(1) and trainer.step_count == 0


def test_a_diverged_net_can_be_gone_through() -> None:
    optimizer = {"optimizer": {"name": "sgd", "learning_rate": 100}}
    linear = {"network": {"layers": [{"activation": "linear"}, {"activation": "linear"}]}}
    trainer = Trainer(Spec.parse({**optimizer, **linear, "data": {"name": "wave"}}))
    trainer.run(10_000)
    assert trainer.overflow is not None
    walk = walk_network(trainer)
    assert not all(math.isfinite(change.after) for change in walk.update.changes)


# --- any expression ---

NAMES = ("a", "b", "x", "t")
LEAVES = st.sampled_from([*NAMES, "1", "2", "0.5", "3"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
    smooth = ("tanh", "sigmoid", "softplus", "gelu", "silu", "exp")
    call = st.tuples(st.sampled_from(smooth), inner).map(lambda p: f"{p[0]}({p[1]})")
    square = inner.map(lambda text: f"({text})**2")
    return st.one_of(pair, call, square)


EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=12).filter(
    lambda text: any(name in text.replace("exp", "").replace("tanh", "") for name in NAMES)
)
NUMBERS = st.floats(-2, 2).map(lambda value: round(value, 3))


@settings(max_examples=150, deadline=None)
@given(text=EXPRESSIONS, numbers=st.lists(NUMBERS, min_size=4, max_size=4))
def test_any_expression_can_be_gone_through(text: str, numbers: list[float]) -> None:
    program = parse(f"a * ({text})")
    values = {name: numbers[NAMES.index(name)] for name in program.names}
    walk = walk_expression(FormulaTrainer(Formula(program, values, ("a",), ()), Spec.parse({})))
    leaves = {name: Tensor([value]) for name, value in values.items()}
    with np.errstate(all="ignore"):
        loss = run(program, leaves)[program.result]
        loss.backward()
    for vertex in walk.graph.vertices:
        if vertex.name in leaves:
            expected = leaves[vertex.name].grad
            assert expected is not None
            np.testing.assert_allclose(grad(vertex), expected[0], rtol=1e-12, atol=1e-300)
    test_each_vertex_comes_after_what_it_is_computed_from(walk)
    test_every_edge_is_gone_back_along_once(walk)
    if math.isfinite(walk.graph.vertices[-1].value):
        sums = {arrival.vertex: arrival.sum for arrival in walk.backward.arrivals}
        for vertex in walk.graph.vertices[:-1]:
            if vertex.learns:
                np.testing.assert_equal(sums[vertex.id], grad(vertex))
