"""Clipping and early stopping."""

import math

import numpy as np
import pytest

from engine.clipping import clip_by_norm, clip_by_value, global_norm
from engine.stopping import EarlyStopping, Progress

GRADS = {"weight": np.array([[3.0, 0.0]]), "bias": np.array([-4.0])}


def test_the_norm_is_that_of_all_gradients_together() -> None:
    assert global_norm(GRADS) == 5.0


def test_clipping_by_norm_keeps_the_direction() -> None:
    clipped, norm = clip_by_norm(GRADS, 1.0)
    assert norm == 5.0
    np.testing.assert_allclose(clipped["weight"], [[0.6, 0.0]])
    np.testing.assert_allclose(clipped["bias"], [-0.8])


def test_a_gradient_within_the_limit_is_left_alone() -> None:
    assert clip_by_norm(GRADS, 5.0)[0] is GRADS


def test_clipping_by_value_bounds_each_element() -> None:
    clipped = clip_by_value(GRADS, 3.5)
    assert clipped["weight"].tolist() == [[3.0, 0.0]] and clipped["bias"].tolist() == [-3.5]


def test_a_norm_whose_square_overflows_is_still_found() -> None:
    assert global_norm({"w": np.array([3e300, 4e300])}) == pytest.approx(5e300)
    clipped, _ = clip_by_norm({"w": np.array([3e300, 4e300])}, 1.0)
    np.testing.assert_allclose(clipped["w"], [0.6, 0.8])


def test_nothing_has_the_norm_zero() -> None:
    assert global_norm({}) == 0.0 and global_norm({"w": np.zeros((0, 3))}) == 0.0


def test_clipping_does_not_hide_a_gradient_that_is_not_a_number() -> None:
    clipped, norm = clip_by_norm({"w": np.array([np.nan, 1.0])}, 1.0)
    assert math.isnan(norm) and np.isnan(clipped["w"][0])


def test_float32_stays_float32() -> None:
    grads = {"w": np.full(3, 10.0, "f4")}
    assert clip_by_norm(grads, 1.0)[0]["w"].dtype == np.float32
    assert clip_by_value(grads, 1.0)["w"].dtype == np.float32


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan])
def test_a_limit_must_be_positive(limit: float) -> None:
    for clip in (clip_by_norm, clip_by_value):
        with pytest.raises(ValueError, match="limit must be greater than 0"):
            clip(GRADS, limit)  # type: ignore[operator]


# --- early stopping ---


def watch(rule: EarlyStopping, losses: list[float]) -> list[Progress]:
    seen, progress = [], Progress()
    for step, loss in enumerate(losses):
        progress = rule.after(loss, step, progress)
        seen.append(progress)
    return seen


def test_it_stops_after_patience_measurements_without_a_better_one() -> None:
    seen = watch(EarlyStopping(patience=2), [1.0, 0.5, 0.6, 0.5, 0.4])
    assert [progress.stop for progress in seen] == [False, False, False, True, False]
    assert (seen[3].best, seen[3].best_step) == (0.5, 1)


def test_an_improvement_below_the_margin_does_not_count() -> None:
    assert watch(EarlyStopping(patience=1, margin=0.1), [1.0, 0.95])[-1].stop


def test_a_loss_that_is_not_a_number_is_never_better() -> None:
    assert watch(EarlyStopping(patience=1), [1.0, math.nan])[-1].stop
