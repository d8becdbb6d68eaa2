"""What an optimizer remembers of every element of a parameter, and what it is about to compute."""

from __future__ import annotations

import numpy as np

from app.bodies.inspection import OptimizerState, ParameterShape, TermBody
from app.errors import Invalid
from engine.fields import to_json
from engine.ops import Array
from engine.training import Trainer


@np.errstate(all="ignore")
def optimizer_state(
    session: str, run: int, trainer: Trainer, parameter: str | None
) -> OptimizerState:
    """Of one parameter, by default the first.

    Raises:
        Invalid: there is no such parameter.
    """
    named = dict(trainer.network.named_parameters())
    name = parameter if parameter is not None else next(iter(named))
    if name not in named:
        raise Invalid(
            "parameter must be the name of a parameter.",
            field="parameter",
            value=name,
            allowed={"choices": list(named)},
        )
    data, memory, optimizer = named[name].data, trainer.memory, trainer.optimizer
    state = dict(memory.states.get(name, {}))
    coming = trainer.proposed().get(name, {})

    def terms(arrays: dict[str, Array]) -> list[TermBody]:
        return [
            TermBody(name=key, values=np.broadcast_to(array, data.shape).ravel().tolist())
            for key, array in arrays.items()
        ]

    return OptimizerState(
        session=session,
        run=run,
        step=trainer.step_count,
        optimizer={"name": optimizer.name, **to_json(optimizer)},
        updates=memory.steps,
        parameters=[
            ParameterShape(name=each, shape=list(tensor.data.shape))
            for each, tensor in named.items()
        ],
        parameter=name,
        shape=list(data.shape),
        value=data.ravel().tolist(),
        remembered=terms(state),
        coming=terms(coming),
        formulas=optimizer.formulas(memory.steps + 1, state),
    )
