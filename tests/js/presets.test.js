import assert from "node:assert/strict";
import test from "node:test";
import { presetNumbers, slopeOf, spreadOfColumns } from "../../static/js/preset-numbers.js";
import { isMadeBy } from "../../static/js/presets.js";
import { readWords } from "./reading-words.js";

const matrix = (shape, ...data) => ({ shape, data: Float32Array.from(data) });

const state = (changes = {}) => ({
  spec: { batch_size: 10, network: { layers: [{ units: 2 }, { units: 1 }] } },
  data: { trainRows: 25, rows: 60, dimensions: 2, bounds: [[-6, 6], [-6, 6]], targetUnits: [0, 1] },
  frame: {
    step: 1234, epoch: 12.34, metrics: { train_loss: 0.25, test_loss: 0.5, test_accuracy: 0.875 },
    parameters: { "layers.0.weight": matrix([2, 2], 0.5, -2, 1, 1), "layers.0.bias": matrix([2], 9, 9), "layers.1.weight": matrix([2, 1], 3, 4) },
    curves: { output: null },
  },
  losses: { train: [], test: [[0, 1], [100, 0.25], [200, 0.75]] },
  inspector: { diagnosis: { layers: [{ gradient_norm: 2e-7, dead_share: 0.25 }, { gradient_norm: 0.2, dead_share: null }] } },
  ...changes,
});

test("the answer cites the losses, the step and the best step", () => {
  const numbers = presetNumbers(state());
  assert.equal(numbers.step, "1,234");
  assert.equal(numbers.train_loss, "0.2500");
  assert.equal(numbers.test_accuracy, "87.5\u00a0%");
  assert.equal(numbers.best_step, "100");
  assert.equal(numbers.best_loss, "0.2500");
});

test("a gradient that has vanished is told as a power of ten", () => {
  const { first_gradient, last_gradient, gradient_ratio } = presetNumbers(state());
  assert.equal(first_gradient, "2.0×10⁻⁷");
  assert.equal(last_gradient, "0.200");
  assert.equal(gradient_ratio, "1.0×10⁻⁶");
});

test("the worst layer's share of dead neurons counts", () => {
  assert.equal(presetNumbers(state()).dead, "25\u00a0%");
});

test("weights are counted without biases, and twins are told from others", () => {
  const numbers = presetNumbers(state());
  assert.equal(numbers.weights, "6");
  assert.equal(numbers.largest, "2.000");
  assert.equal(numbers.different, "2.500");
  assert.equal(spreadOfColumns(matrix([2, 3], 1, 1, 1, -4, -4, -4)), 0);
});

test("a batch of all rows is one step an epoch, and the last one of an epoch may be smaller", () => {
  assert.equal(presetNumbers(state()).steps_per_epoch, "3");
  const all = presetNumbers(state({ spec: { batch_size: "all", network: { layers: [{ units: 1 }] } } }));
  assert.deepEqual([all.batch, all.steps_per_epoch, all.hidden], ["25", "1", "0"]);
});

test("a slope is in the units of the target for one of the input", () => {
  assert.equal(slopeOf({ data: [-1, 0, 1] }, [50, 150], [300, 100]), 2);
});

test("what is not there yet is a dash", () => {
  const numbers = presetNumbers(state({ frame: null, data: null, inspector: { diagnosis: null }, losses: { train: [], test: [] } }));
  assert.deepEqual([numbers.step, numbers.test_loss, numbers.dead, numbers.first_gradient, numbers.slope, numbers.best_step, numbers.repeated], Array(7).fill("–"));
});

for (const language of ["en", "zh"]) {
  test(`every number that an answer names can be told (${language})`, () => {
    const known = Object.keys(presetNumbers(state()));
    for (const [name, preset] of Object.entries(readWords(language).gallery.presets)) {
      for (const [, asked] of `${preset.answer} ${preset.now}`.matchAll(/\{(\w+)\}/g)) assert.ok(known.includes(asked), `${name}: ${asked}`);
    }
  });
}

test("a spec is recognised by all that it says", () => {
  const changes = { seed: 42, data: { name: "xor", noise: 0 }, schedule: { name: "constant" } };
  assert.ok(isMadeBy({ seed: 42, data: { name: "xor", noise: 0 } }, changes));
  assert.ok(!isMadeBy({ seed: 42, data: { name: "xor", noise: 0.1 } }, changes));
});
