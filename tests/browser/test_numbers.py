"""The page against the engine: after the same steps, the screen shows what the engine computes."""

import numpy as np
import pytest
from playwright.sync_api import expect

from engine.spec import Spec
from engine.training import Trainer

MINUS = "\N{MINUS SIGN}"


def steps(lab, trainer, count):
    """Take steps in the page and in an engine of our own."""
    for _ in range(count):
        trainer.step()
        lab.page.get_by_role("button", name="Step").click()
        lab.wait_until_step_is(trainer.step_count)
    return {name: tensor.data for name, tensor in trainer.network.named_parameters()}


def signed(value, decimals):
    text = f"{abs(value):.{decimals}f}"
    return text if float(text) == 0 else ("+" if value > 0 else MINUS) + text


@pytest.fixture
def trainer():
    return Trainer(Spec.parse({}))


def test_the_read_outs_are_the_engines(lab, trainer):
    steps(lab, trainer, 3)
    measured = trainer.evaluate()
    assert lab.number("step") == 3
    assert lab.number("epoch") == trainer.epoch
    assert lab.number("train-loss") == measured["train_loss"]
    assert lab.number("test-loss") == measured["test_loss"]
    assert lab.page.get_by_test_id("test-loss").inner_text() == f"{measured['test_loss']:.4f}"


def test_every_bias_is_the_engines(lab, trainer):
    parameters = steps(lab, trainer, 3)
    biases = np.concatenate([parameters[f"layers.{layer}.bias"] for layer in range(3)])
    assert lab.page.locator(".bias-value").all_inner_texts() == [signed(bias, 2) for bias in biases]


def test_every_line_has_the_engines_sign_and_width(lab, trainer):
    parameters = steps(lab, trainer, 3)
    drawn = lab.page.locator(".edge-hit").evaluate_all(
        "(paths) => paths.map((path) => path.dataset.stroke.split(' '))"
        ".map(([sign, width]) => [sign === 'neg', Number(width)])"
    )
    weights = [parameters[f"layers.{layer}.weight"] for layer in range(3)]
    expected = [
        [bool(w < 0), min(9, 1.3 + 3.1 * abs(w))] for weight in weights for w in weight.ravel()
    ]
    assert [negative for negative, _ in drawn] == [negative for negative, _ in expected]
    np.testing.assert_allclose(
        [width for _, width in drawn], [width for _, width in expected], atol=0.0501
    )


PIXELS_OF_LINES = """() => {
  const pen = document.querySelector('.net-lines').getContext('2d');
  return [...document.querySelectorAll('.edge-hit')].map((path) => {
    const colours = [];
    for (let along = 2; along < 26; along += 1) {
      const { x, y } = path.getPointAtLength(along);
      const place = [Math.round(x - 0.5), Math.round(y - 0.5)];
      const [red, , blue, alpha] = pen.getImageData(...place, 1, 1).data;
      if (alpha > 80) colours.push(blue - red);
    }
    return colours;
  });
}"""


def test_lines_have_the_colour_and_the_dash_of_their_sign(lab, trainer):
    parameters = steps(lab, trainer, 3)
    weights = [w for layer in range(3) for w in parameters[f"layers.{layer}.weight"].ravel()]
    drawn = lab.page.evaluate(PIXELS_OF_LINES)
    for weight, colours in zip(weights, drawn, strict=True):
        assert np.sign(np.median(colours)) == np.sign(weight), "blue for more, orange for less"
        assert weight < 0 or len(colours) == 24, "an unbroken line"
    assert min(len(colours) for colours in drawn) < 24, "gaps in some of the others"


def test_the_card_shows_a_weight_and_the_gradient_of_the_coming_step(lab, trainer):
    parameters = steps(lab, trainer, 2)
    trainer.gradients()
    gradient = trainer.network.layers[1].bias.grad
    lab.page.locator(".bias").nth(5).hover(force=True)
    values = lab.page.locator(".net-card dd")
    expect(values.first).to_have_text(signed(parameters["layers.1.bias"][1], 4))
    shown = values.nth(1).inner_text().replace(MINUS, "-").split("\N{THIN SPACE}")[1]
    mantissa, _, exponent = shown.partition("×10")
    power = int(exponent.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))) if exponent else 0
    assert float(mantissa) * 10**power == pytest.approx(gradient[1], rel=0.01)


PIXELS_OF_A_NEURON = """() => {
  const canvas = document.querySelector('.neuron-pictures');
  const all = canvas.getBoundingClientRect();
  const box = document.querySelectorAll('.neuron')[2].getBoundingClientRect();
  const [left, top, size] = [box.left - all.left + 1, box.top - all.top + 1, box.width - 2];
  const pixels = canvas.getContext('2d').getImageData(left, top, size, size);
  return [pixels.width, [...pixels.data]];
}"""


def test_a_neurons_picture_is_its_function(lab, trainer):
    steps(lab, trainer, 3)
    size, pixels = lab.page.evaluate(PIXELS_OF_A_NEURON)
    (x_low, x_high), (y_low, y_high) = trainer.dataset.bounds
    centres = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(x_low + centres * (x_high - x_low), y_high - centres * (y_high - y_low))
    points = trainer.dataset.encode(np.column_stack([x.ravel(), y.ravel()]))
    values = trainer.network.activations(points)[0][:, 0].reshape(size, size)
    inside = (slice(8, -8), slice(8, -8))  # the corners are round
    # blue minus red grows with the value on the sign scale, from -1 (orange) to +1 (blue)
    red, blue = np.array(pixels).reshape(size, size, 4)[..., [0, 2]].transpose(2, 0, 1).astype(int)
    order = np.argsort(values[inside], axis=None)
    difference = (blue - red)[inside].ravel()[order]
    steps_up = [part.mean() for part in np.array_split(difference, 12)]
    assert np.all(np.diff(steps_up) >= -3), "the colours follow the values"
    assert np.corrcoef(values[inside].ravel()[order], difference)[0, 1] > 0.97
    assert difference[-1] > 100 > -100 > difference[0]


def test_the_curve_ends_at_the_loss_shown(lab, trainer):
    steps(lab, trainer, 5)
    measured = trainer.evaluate()
    label = lab.page.locator(".loss-chart").get_attribute("aria-label")
    assert f"to 5: train {measured['train_loss']:.4f}, test {measured['test_loss']:.4f}" in label


def test_the_gradient_view_shows_gradients(lab, trainer):
    steps(lab, trainer, 1)
    trainer.gradients()
    lab.page.get_by_role("button", name="Gradient", exact=True).click()
    expected = [signed(g, 2) for layer in trainer.network.layers for g in layer.bias.grad]
    expect(lab.page.locator(".bias-value")).to_have_text(expected)
