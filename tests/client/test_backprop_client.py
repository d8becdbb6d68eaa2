"""The API is usable without the page, and what it streams is what the engine computes."""

import numpy as np
import pytest

from engine.spec import Spec
from engine.training import Trainer
from tests.client.backprop_client import BackpropClient

SPECS = [
    {},
    {"data": {"name": "digits"}, "optimizer": {"name": "adam", "learning_rate": 0.003}},
    {"data": {"name": "wave"}, "optimizer": {"name": "momentum"}, "dtype": "float32"},
]


@pytest.mark.parametrize("spec", SPECS, ids=["circle", "digits", "wave"])
def test_two_hundred_steps_give_the_engines_weights_to_the_last_bit(
    server_url: str, spec: dict[str, object]
) -> None:
    with BackpropClient(server_url, spec) as lab:
        assert lab.command("step", count=200) == 200
        frame = lab.frame()
        while frame.step < 200:
            frame = lab.frame()

    trainer = Trainer(Spec.parse(spec))
    for _ in range(200):
        trainer.step()
    for name, parameter in trainer.network.named_parameters():
        assert frame.arrays[name].dtype == parameter.data.dtype
        assert np.array_equal(frame.arrays[name], parameter.data), name
    assert frame.metrics == trainer.evaluate()
