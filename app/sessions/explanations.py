"""Where one number of a step comes from, as the page is told: a gradient is a sum over the ways to
the loss, a value comes from the numbers it was computed from, a weight from its last update.

The numbers are those of the trainer's own tape for the next minibatch, or for one row of the data.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from app.bodies.explanations import (
    Explained,
    ExplainedInput,
    ExplainedTerm,
    LastUpdate,
    Question,
    Role,
    UpdateTerm,
)
from app.errors import Invalid
from engine.explain import Explanation, depends_on
from engine.held import still
from engine.names import Index, Names
from engine.ops import MatMul, Mul, Op
from engine.rerun import Check, Rerun, check
from engine.tape import Node
from engine.tensor import Tensor
from engine.training import Trainer

Formulas = Mapping[str, Any]  # value: of z; locals: of its derivative by each input


class Recorded(NamedTuple):
    """One forward and backward pass on the tape, with the names of what is on it."""

    names: Names
    objective: Node
    rows: list[int]


@np.errstate(all="ignore")
def record(trainer: Trainer, row: int | None = None) -> Recorded:
    """The next minibatch of a trainer, or one row of its data.

    Raises:
        Invalid: there is no such row.
    """
    if row is None:
        trainer.gradients()
        assert trainer.objective is not None
        targets = trainer.next_batch()[1]
        names = Names(trainer.network, trainer.objective, targets)
        return Recorded(names, trainer.objective, trainer.next_rows().tolist())
    dataset = trainer.dataset
    last = len(dataset.y) - 1
    if not 0 <= row <= last:
        raise Invalid(
            f"row must be a row of the data, 0 to {last}.",
            field="row",
            value=row,
            allowed={"type": "integer", "minimum": 0, "maximum": last},
        )
    x = dataset.x[row : row + 1].astype(trainer.spec.dtype)
    y = dataset.y[row : row + 1]
    objective = trainer.loss(trainer.network.forward(Tensor(x, requires_grad=False)), y)
    penalty = trainer.spec.regularization.penalty(trainer.network.weights())
    if penalty is not None:
        objective = objective + penalty
    for parameter in trainer.network.parameters():
        parameter.grad = None
    objective.backward()
    return Recorded(Names(trainer.network, objective, y), objective, [row])


class Explainer:
    """Answers about one recorded step. ``formulas_of`` writes an op's formulas as MathML."""

    def __init__(
        self,
        session: str,
        trainer: Trainer,
        row: int | None = None,
        formulas_of: Callable[[Op], Formulas] = lambda op: {},
    ) -> None:
        self.session, self.trainer, self.row, self.formulas_of = session, trainer, row, formulas_of
        self.names, self.objective, self.rows = record(trainer, row)

    def explain(self, reference: str, of: Question, update: LastUpdate | None = None) -> Explained:
        """Raises SpecError: no number of this step has that name."""
        node, index = self.names.find(reference)
        number = float(node.data[index])
        gradient = None if node.grad is None else float(node.grad[index])
        if of == "gradient" and gradient is None:
            raise Invalid(
                f"{reference} takes no gradient: it does not change.",
                field="of",
                value=of,
                allowed={"choices": ["value"]},
            )
        terms = sorted(self._terms(node, index), key=_by_size) if of == "gradient" else None
        inputs = list(self._inputs(node, index)) if of == "value" else None
        layer = self._layer(node)
        return Explained(
            session=self.session,
            step=self.trainer.step_count,
            element=self.names.reference(node, index),
            of=of,
            role=self._role(node),
            value=gradient if of == "gradient" else number,
            number=number,
            gradient=gradient,
            op=self._op(node),
            activation=None if layer is None else self.trainer.network.layers[layer].activation,
            formula=self._formula(node, index, of),
            samples=len(self.rows),
            rows=self.rows,
            row=self.row,
            terms=terms,
            sum=None if terms is None else _sum(terms),
            inputs=inputs,
            update=update if of == "value" else None,
        )

    def check(self, reference: str) -> tuple[str, Check]:
        """The element's name, and its gradient beside finite differences.

        Raises SpecError: no number of this step has that name.
        """
        node, index = self.names.find(reference)
        return self.names.reference(node, index), check(Rerun(self.objective), node, index)

    # --- a gradient: the ways to the loss ---

    def _terms(self, node: Node, index: Index) -> Iterator[ExplainedTerm]:
        if node is self.objective:
            return  # where it starts: its gradient 1 is given
        for term in Explanation(self.objective).terms(node, index):
            # z = x W + b is one line on paper, and what arrives at z arrives at x W unchanged
            arrived = self.names.added.get(term.node, term.node)
            yield ExplainedTerm(
                element=self.names.reference(arrived, term.index),
                upstream=term.upstream,
                local=term.local,
                contribution=term.contribution,
                local_element=self._other_factor(term.node, term.input, index, term.index),
                sample=self.names.sample(arrived, term.index),
            )

    def _other_factor(self, node: Node, i: int, index: Index, out: Index) -> str | None:
        """Of a product the derivative by one factor is the other one: its name."""
        match node.op:
            case MatMul() if all(source.data.ndim == 2 for source in node.inputs):
                # z[n, j] = sum of x[n, k] w[k, j]
                place: Index = (index[1], out[1]) if i == 0 else (out[0], index[0])
            case Mul():
                shape = node.inputs[1 - i].data.shape
                short = out[len(out) - len(shape) :]
                # a side of length 1 was broadcast
                place = tuple(at if n > 1 else 0 for at, n in zip(short, shape, strict=True))
            case _:
                return None
        return self.names.reference(node.inputs[1 - i], place)

    # --- a value: what it was computed from ---

    def _inputs(self, node: Node, index: Index) -> Iterator[ExplainedInput]:
        product = self._product(node)
        parts = [(node, index)] if product is None else [(product, index), (node, index)]
        for part, at in parts:
            for source in depends_on(part, at):
                if source.node is product:
                    continue  # what it comes from is told instead
                yield ExplainedInput(
                    element=self.names.reference(source.node, source.index),
                    value=source.value,
                    local=source.local,
                    local_element=self._other_factor(part, source.input, source.index, at),
                    input=source.input if part is not node or product is None else 2,
                )

    def _product(self, node: Node) -> Node | None:
        """x W of a z = x W + b."""
        return next((p for p, z in self.names.added.items() if z is node), None)

    # --- what it is ---

    def _formula(self, node: Node, index: Index, of: Question) -> str | None:
        """How the op computed it (z, from x and y), or the derivative in the terms of a gradient
        (of z by x)."""
        if of == "value":
            if node.op is None or self._product(node) is not None:
                return None
            value: str | None = self.formulas_of(node.op).get("value")
            return value
        first = next(Explanation(self.objective).terms(node, index), None)
        if first is None or first.node.op is None:
            return None
        derivatives: list[str] = self.formulas_of(first.node.op).get("locals", [])
        return derivatives[first.input] if derivatives else None

    def _op(self, node: Node) -> str | None:
        if self._product(node) is not None:
            return "linear"
        return None if node.op is None else node.op.name

    def _layer(self, node: Node) -> int | None:
        kind, *rest = self.names.of(node).split(".")
        return int(rest[0]) if kind == "layers" else None

    def _role(self, node: Node) -> Role:
        name = self.names.of(node)
        if name in ("input", "target"):
            return name  # type: ignore[return-value]
        if node.op is not None:
            return "op"
        return "parameter" if node.requires_grad else "constant"


def _by_size(term: ExplainedTerm) -> tuple[float, int]:
    assert term.contribution is not None
    size = abs(term.contribution)
    return -size if math.isfinite(size) else -math.inf, term.sample or 0


def _sum(terms: list[ExplainedTerm]) -> float:
    contributions = [0.0 if each.contribution is None else each.contribution for each in terms]
    return math.fsum(contributions) if all(map(math.isfinite, contributions)) else math.nan


def last_update(trainer: Trainer, reference: str) -> LastUpdate | None:
    """One step of a trainer, and what it did to one parameter; None if it is no parameter.

    The trainer is one step further afterwards. Raises SpecError: there is no such number.
    """
    recorded = record(trainer)
    node, index = recorded.names.find(reference)
    name = recorded.names.of(node)
    if name not in dict(trainer.network.named_parameters()):
        return None
    before, step = float(node.data[index]), trainer.step_count
    trainer.step()
    weights = {each: tensor.data for each, tensor in trainer.network.named_parameters()}
    mask = still(trainer.spec.network.frozen, weights).get(name)
    frozen = mask is not None and bool(mask[index])
    terms = [
        UpdateTerm(name=key, value=float(np.broadcast_to(term, node.data.shape)[index]))
        for key, term in trainer.terms[name].items()
        if not frozen or key in ("gradient", "update")  # nothing else comes of a frozen one
    ]
    return LastUpdate(step=step, before=before, terms=terms, after=float(node.data[index]))
