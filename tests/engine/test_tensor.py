"""Tensor and tape: what a reader of micrograd expects, and what a tape promises beyond it."""

import gc
import threading

import numpy as np
import pytest

from engine import ShapeError, Tensor, concat, no_grad, stack, where
from engine.tape import backward, tape, walk


def test_micrograd_readme_example() -> None:
    """The published numbers of micrograd's README (karpathy/micrograd)."""
    a = Tensor(-4.0)
    b = Tensor(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f}" == "24.7041"
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


# --- accumulation ---


def test_product_rule_sends_the_other_factor() -> None:
    x, y = Tensor(3.0), Tensor(5.0)
    (x * y).backward()
    assert (x.grad, y.grad) == (5.0, 3.0)


def test_a_value_used_twice_receives_both_contributions() -> None:
    x = Tensor(3.0)
    (x * x + x).backward()
    assert x.grad == 7.0


def test_a_broadcast_value_receives_the_sum_over_its_uses() -> None:
    bias = Tensor([1.0, 2.0])
    (Tensor(np.ones((3, 2))) * bias).sum().backward()
    assert bias.grad is not None and bias.grad.tolist() == [3.0, 3.0]


def test_backward_twice_doubles_leaves_and_leaves_inner_nodes_right() -> None:
    x = Tensor(3.0)
    square = x * x
    loss = square * 2.0
    loss.backward()
    loss.backward()
    assert x.grad == 24.0  # 12 once more
    assert square.grad == 2.0  # of the latest pass, not 4
    assert loss.grad == 1.0


def test_two_losses_add_up_in_a_shared_tensor() -> None:
    x = Tensor(3.0)
    shared = x * 2.0
    (shared * shared).backward()
    (shared * 5.0).backward()
    assert x.grad == 24.0 + 10.0
    assert shared.grad == 5.0


def test_zero_grad_starts_anew() -> None:
    x = Tensor(3.0)
    (x * x).backward()
    x.zero_grad()
    (x * x).backward()
    assert x.grad == 6.0


def test_a_gradient_kept_from_an_earlier_pass_is_not_changed_by_the_next() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 1.0
    y.sum().backward()
    kept = x.grad
    assert kept is not None
    before = kept.copy()
    (y * 3.0).sum().backward()
    assert (kept == before).all()


# --- the tape ---


def test_the_tape_is_in_order_of_recording_and_holds_only_what_the_loss_needs() -> None:
    x = Tensor(2.0)
    unused = x.exp()
    loss = (x * x).tanh()
    assert [node.op.name for node in tape(loss) if node.op] == ["mul", "tanh"]
    assert unused.grad is None


def test_walk_shows_each_op_with_its_upstream_gradient_and_contributions() -> None:
    x, y = Tensor(2.0), Tensor(3.0)
    loss = (x * y) ** 2
    steps = list(walk(loss))
    assert [step.node.op.name for step in steps if step.node.op] == ["power", "mul"]
    assert steps[1].upstream == 12.0
    assert steps[1].contributions == (36.0, 24.0)


def test_walk_gives_a_leaf_its_gradient_term_by_term() -> None:
    x = Tensor(2.0)
    loss = x * 3.0 + x * 5.0
    seen = [None if x.grad is None else float(x.grad) for _ in walk(loss)]
    assert seen == [None, 5.0, 8.0]


def test_draining_a_walk_is_backward() -> None:
    def leaf_gradient(drain: bool) -> np.ndarray:
        x = Tensor(np.linspace(-1, 1, 6).reshape(2, 3))
        loss = (x.tanh() @ x.T).sum()
        if drain:
            for _ in walk(loss):
                pass
        else:
            backward(loss)
        assert x.grad is not None
        return x.grad

    assert (leaf_gradient(True) == leaf_gradient(False)).all()


def test_a_chain_of_a_hundred_thousand_ops_has_no_recursion_limit() -> None:
    x = Tensor(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward()
    assert x.grad == 1.0
    del y
    gc.collect()  # and its memory goes back without a recursion, too


def test_a_finished_tape_is_freed_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            x = Tensor(np.ones(10))
            (x * 2.0).sum().backward()
            del x
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_backward_from_many_numbers_wants_an_upstream_gradient() -> None:
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"one number, got shape \(2,\)"):
        (x * 2.0).backward()
    (x * 2.0).backward(np.array([1.0, 10.0]))
    assert x.grad is not None and x.grad.tolist() == [2.0, 20.0]


def test_upstream_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(3,\).*\(2,\)"):
        (Tensor([1.0, 2.0]) * 2.0).backward(np.ones(3))


# --- constants ---


def test_numbers_and_arrays_are_constants_on_either_side() -> None:
    x = Tensor([1.0, 2.0])
    row = np.array([3.0, 4.0])
    y = row * x + x * row + (1 - x) / 2 + 2 / x + 2**x + row @ x + x @ row
    y.sum().backward()
    assert isinstance(y, Tensor) and x.grad is not None and np.isfinite(x.grad).all()


def test_no_grad_records_nothing() -> None:
    x = Tensor(2.0)
    with no_grad():
        y = x * x
    assert y.op is None and not y.requires_grad
    with pytest.raises(ValueError, match="nothing on this tape asks for a gradient"):
        y.backward()


def test_no_grad_ends_with_its_block_even_after_an_error() -> None:
    with pytest.raises(ShapeError), no_grad():
        Tensor(np.ones(2)) + Tensor(np.ones(3))
    assert (Tensor(1.0) * 1.0).requires_grad


def test_no_grad_in_one_thread_leaves_the_others_recording() -> None:
    recorded = []
    with no_grad():
        thread = threading.Thread(target=lambda: recorded.append((Tensor(1.0) * 2.0).requires_grad))
        thread.start()
        thread.join()
    assert recorded == [True]


def test_detach_stops_the_gradient() -> None:
    x = Tensor(3.0)
    (x * x.detach()).backward()
    assert x.grad == 3.0


def test_a_constant_receives_no_gradient() -> None:
    constant, x = Tensor(3.0, requires_grad=False), Tensor(2.0)
    (constant * x).backward()
    assert constant.grad is None and x.grad == 3.0


# --- types and shapes ---


def test_whole_numbers_become_real_ones() -> None:
    assert Tensor([1, 2]).dtype == np.float64


def test_scalars_do_not_widen_float32() -> None:
    x = Tensor(np.ones(2, "f4"))
    y = (2 * x + 1.5) / np.array([1.0, 2.0]) - x**2
    assert y.dtype == np.float32
    y.sum().backward()
    assert x.grad is not None and x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda a, b: a @ b, r"matmul cannot take shapes \(2, 3\) and \(2, 4\)"),
        (lambda a, b: a + b, r"add cannot take shapes \(2, 3\) and \(2, 4\)"),
        (lambda a, b: concat([a, b]), r"concat cannot take shapes \(2, 3\) and \(2, 4\)"),
        (lambda a, b: stack([a, b]), r"stack cannot take shapes \(2, 3\) and \(2, 4\)"),
        (lambda a, b: a.reshape(4), r"reshape cannot take shapes \(2, 3\)"),
    ],
)
def test_a_shape_mismatch_names_the_op_and_both_shapes(compute, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError, match=message):
        compute(Tensor(np.ones((2, 3))), Tensor(np.ones((2, 4))))


def test_every_method_returns_a_tensor_on_the_tape() -> None:
    x = Tensor(np.array([[0.5, 1.5], [2.5, 3.5]]))
    results = [
        *(x + x, x - x, x * x, x / x, x**2, x**x, x @ x, -x, abs(x), x.T, x[0]),
        *(x.exp(), x.log(), x.sqrt(), x.clip(1, 2), x.maximum(1.0), x.minimum(1.0)),
        *(x.sigmoid(), x.tanh(), x.relu(), x.leaky_relu(), x.elu(), x.gelu(), x.silu()),
        *(x.softplus(), x.softmax(), x.log_softmax(), x.sum(), x.mean(0), x.max(1), x.var()),
        *(x.logsumexp(), x.reshape(4), x.transpose(1, 0), x.gather(np.array([0, 1]))),
        *(x.pad((1, 1), (0, 0)), where(x.data > 1, x, 0.0), concat([x, x]), stack([x, x])),
    ]
    for result in results:
        assert result.op is not None
        result.sum().backward()
    assert x.grad is not None and np.isfinite(x.grad).all()


def test_a_tensor_looks_like_its_array() -> None:
    x = Tensor([[1.0, 2.0, 3.0]])
    assert x.shape == (1, 3) and len(x) == 1 and float(x.sum()) == 6.0
    assert repr(x) == "Tensor([[1. 2. 3.]], grad=None)"
    assert "op=sum" in repr(x.sum())
