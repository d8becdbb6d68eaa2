"""How well a net does on all rows, those it learns from and those it has never seen."""

from __future__ import annotations

from collections.abc import Sequence

from engine.losses import Loss
from engine.metrics import score
from engine.ops import Array
from engine.tape import no_grad
from engine.tensor import Tensor

SPLITS = ("train", "validation", "test")


def evaluate(
    outputs: Sequence[Array],
    targets: Sequence[Array],
    loss: Loss,
    task: str,
    penalty: Tensor | None,
) -> dict[str, float]:
    """Losses (without the penalty) and metrics of each split by name, `train_loss` for example,
    and the penalty. Outputs (N, units) and targets (N,) are given split by split; of one without
    rows, which only the validation may be, there is nothing to say.
    """
    result: dict[str, float] = {}
    with no_grad():
        for split, output, y in zip(SPLITS, outputs, targets, strict=True):
            if len(y) == 0:
                continue
            result[f"{split}_loss"] = float(loss(Tensor(output, requires_grad=False), y).data)
            for name, value in score(loss.prediction(output), y, task).items():
                result[f"{split}_{name}"] = value
    result["penalty"] = 0.0 if penalty is None else float(penalty.data)
    return result
