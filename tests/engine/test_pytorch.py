"""Ops beside PyTorch, on a grid that includes the points without a derivative."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Tensor
from engine.ops import OPS
from engine.tensor import apply

RECORDED = json.loads((Path(__file__).parent / "fixtures" / "ops.json").read_text())


@pytest.mark.parametrize("name", RECORDED["cases"])
def test_value_and_gradient_are_those_of_pytorch_kinks_included(name: str) -> None:
    case: dict[str, Any] = RECORDED["cases"][name]
    x = Tensor(case["x"])
    out = apply(OPS[name](**case["settings"]), x)
    out.backward(np.array(case["upstream"]))
    np.testing.assert_allclose(out.data, case["out"], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(x.grad, case["grad"], rtol=1e-10, atol=1e-15)
