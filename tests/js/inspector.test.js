import assert from "node:assert/strict";
import { test } from "node:test";
import { createDiagnosisWords, pathOf, ratioText } from "../../static/js/diagnosis-words.js";
import { createTranslator } from "../../static/js/i18n.js";
import { paceOf } from "../../static/js/inspecting.js";
import { decades, placeOnLog } from "../../static/js/inspector-layers.js";
import { readWords } from "./reading-words.js";

const layer = (units, activation) => ({ kind: "linear", units, activation, initializer: "orthogonal" });
const SPEC = { data: {}, optimizer: { learning_rate: 0.3 }, regularization: { name: "none", rate: 0 }, network: { layers: [layer(4, "relu"), layer(4, "relu"), layer(1, "linear")] } };
const leaky = { network: { layers: [layer(4, "relu"), layer(4, "leaky_relu"), layer(1, "linear")] } };
const normed = { network: { layers: [{ ...layer(4, "relu"), normalization: "layer" }, { ...layer(4, "relu"), normalization: "layer" }, layer(1, "linear")] } };
const finding = (kind, given) => ({ kind, layer: given.layers?.[0] ?? null, layers: [], value: 0.5, threshold: 0.1, numbers: {}, change: null, overflow: null, chain: [], ...given });
const FINDINGS = [
  finding("dead", { layers: [1], change: leaky }),
  finding("saturated", { layers: [1, 0], change: normed }),
  finding("vanishing", { layers: [0], numbers: { first: 1e-7, last: 0.2 } }),
  finding("exploding", { layers: [2], numbers: { gradient: 4000, weight: 1.5 }, change: { clipping: { name: "norm", limit: 1 } } }),
  finding("too_fast", { layers: [2], change: { optimizer: { learning_rate: 0.03 } } }),
  finding("too_fast", { numbers: { start: 1, now: 2 } }),
  finding("too_fast", { numbers: { rises: 2, lowest: 0.1, highest: 0.9 } }),
  finding("too_slow", { numbers: { fall: 0.001 } }),
  finding("overfitting", { numbers: { best_step: 150, held_best: 0.3, held_now: 0.5, train_best: 0.2, train_now: 0.01 }, change: { regularization: { name: "l2", rate: 0.01 } } }),
  finding("overflow", { layers: [0], value: null, overflow: { step: 31, kind: "value", name: "matmul", layer: 0, op: "matmul" }, chain: [{ op: "matmul", layer: 0, largest: null }] }),
  finding("overflow", { layers: [0], overflow: { step: 31, kind: "gradient", name: "layers.0.weight", layer: 0, op: "matmul" } }),
  finding("overflow", { overflow: { step: 31, kind: "gradient", name: "power", layer: null, op: "power" } }),
  finding("overflow", { layers: [1], overflow: { step: 31, kind: "parameter", name: "layers.1.bias", layer: 1, op: null } }),
];

for (const code of ["en", "zh"]) {
  test(`every finding has its words and its number (${code})`, () => {
    const words = readWords(code);
    const context = { t: createTranslator(words), label: (menu, name) => words.catalog[menu][name] };
    for (const each of FINDINGS) {
      const said = createDiagnosisWords(context, SPEC).words(each);
      for (const text of [said.title, said.shows, said.why]) assert.ok(text && !/undefined|NaN|\{/.test(text), `${each.kind}: ${text}`);
      assert.match(said.shows, /\d|∞/);
      assert.equal(Boolean(said.remedy), each.change !== null);
    }
  });
}

test("a suggestion is told by what it changes", () => {
  const words = readWords("en");
  const { words: say } = createDiagnosisWords({ t: createTranslator(words), label: (menu, name) => words.catalog[menu][name] }, SPEC);
  assert.equal(say(FINDINGS[0]).remedy, "leaky ReLU in layer 2.");
  assert.equal(say(FINDINGS[1]).remedy, "Layer norm in layers 1, 2: another net, from step 0.");
  assert.equal(say(FINDINGS[4]).remedy, "Learning rate 0.3 → 0.03.");
  assert.deepEqual([FINDINGS[0], FINDINGS[3], FINDINGS[4], FINDINGS[8]].map(({ change }) => pathOf(change)), ["network.layers", "clipping", "optimizer.learning_rate", "regularization"]);
});

test("ratios are read at every size", () => {
  assert.deepEqual([null, 0, 3.1e-5, 0.012, 2.5, 140, 2e6].map(ratioText), ["∞", "0", "3.1×10⁻⁵", "0.012", "2.50", "140", "2.0×10⁶"]);
});

test("bars stand on whole powers of ten", () => {
  assert.deepEqual(decades([0.002, 3, null]), [-3, 1]);
  assert.deepEqual(decades([5]), [-1, 1], "two decades at least");
  assert.deepEqual(decades([0, null]), [-4, 0]);
  assert.equal(placeOnLog(0.01, [-4, 0]), 0.5);
  assert.equal(placeOnLog(0, [-4, 0]), 0);
  assert.equal(placeOnLog(null, [-4, 0]), 1, "what is no longer finite fills it");
});

test("what can be seen is asked for twice a second, the badge every two, the closed matrix never", () => {
  const state = (inspector, playing) => ({ ui: { inspector }, status: { state: playing ? "playing" : "paused" } });
  assert.equal(paceOf("diagnosis", state("layers", true)), 500);
  assert.equal(paceOf("diagnosis", state(null, true)), 2000);
  assert.equal(paceOf("diagnosis", state("confusion", true)), 2000);
  assert.equal(paceOf("confusion", state("confusion", true)), 500);
  assert.equal(paceOf("confusion", state("diagnosis", true)), null);
});
