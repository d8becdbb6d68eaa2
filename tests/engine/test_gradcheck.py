"""gradcheck: it accepts what is right, and what it says about the rest helps."""

import numpy as np
import pytest

from engine import Tensor
from engine.gradcheck import GradientError, compare, difference, gradcheck


def test_a_right_gradient_passes_with_ten_digits() -> None:
    assert gradcheck(lambda x, y: (x @ y).tanh(), Tensor(np.eye(2)), Tensor(np.ones((2, 3)))) < 1e-9


def test_a_wrong_gradient_is_told_with_op_input_element_and_both_numbers() -> None:
    x = Tensor([[1.0, 2.0]])
    with pytest.raises(GradientError) as caught:
        gradcheck(lambda x: x * x.detach(), x, name="half a square")
    assert "half a square: the gradient of input 0 at [0, 0] is" in str(caught.value)
    assert "changing that element by 1e-05 both ways" in str(caught.value)


def test_every_element_has_a_check_of_its_own() -> None:
    checks = list(compare(lambda x, y: x * y, Tensor([1.0, 2.0]), Tensor(3.0)))
    assert [(check.input, check.index) for check in checks] == [(0, (0,)), (0, (1,)), (1, ())]


def test_constants_are_left_out() -> None:
    constant = Tensor([1.0], requires_grad=False)
    assert [c.input for c in compare(lambda x, y: x * y, constant, Tensor([2.0]))] == [1]


def test_the_inputs_come_back_unharmed() -> None:
    x = Tensor([1.0, 2.0])
    gradcheck(lambda x: x.exp(), x)
    assert x.data.tolist() == [1.0, 2.0] and x.grad is None


def test_a_tiny_h_drowns_in_rounding() -> None:
    x = np.array([1.0])
    errors = {
        h: abs(difference(lambda: float(np.exp(x[0])), x, (0,), h) - np.e) for h in (1e-5, 1e-12)
    }
    assert errors[1e-5] < 1e-9 < 1e-6 < errors[1e-12]
