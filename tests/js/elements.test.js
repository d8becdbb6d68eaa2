import assert from "node:assert/strict";
import { test } from "node:test";
import { createElementWords, elementOf, isOfSample, placeOf, readElement } from "../../static/js/elements.js";
import { createTranslator } from "../../static/js/i18n.js";
import { readWords } from "./reading-words.js";

const words = readWords("en");
const t = createTranslator(words);
const context = { t, label: (menu, name) => words.catalog[menu][name] ?? name, classLabel: (_, index) => `class ${index}` };
const spec = (features, units, name = "circle") => ({ data: { name, features }, network: { layers: units.map((count) => ({ units: count })) } });

test("an element is read into its parts", () => {
  assert.deepEqual(readElement("layers.0.weight[1,2]"), { kind: "weight", layer: 0, op: null, at: [1, 2] });
  assert.deepEqual(readElement("loss.sub_2[3,0]"), { kind: "loss", layer: null, op: "sub_2", at: [3, 0] });
  assert.deepEqual(readElement("loss"), { kind: "loss", layer: null, op: null, at: [] });
});

test("a place of the net names an element, and that leads back to it", () => {
  for (const place of [
    { kind: "weight", layer: 1, index: 0, from: 3 }, { kind: "bias", layer: 2, index: 1 }, { kind: "neuron", layer: 0, index: 5 }, { kind: "input", layer: -1, index: 1 },
  ]) assert.deepEqual(placeOf(elementOf(place)), place);
  assert.equal(elementOf({ kind: "weight", layer: 1, index: 0, from: 3 }), "layers.1.weight[3,0]");
});

test("what a neuron computes is at the neuron, what the loss computes nowhere", () => {
  for (const part of ["product", "z", "output"]) assert.deepEqual(placeOf(`layers.1.${part}[7,2]`), { kind: "neuron", layer: 1, index: 2 });
  for (const element of ["loss", "loss.power[2,0]", "target[1,0]", "penalty"]) assert.equal(placeOf(element), null);
});

test("elements have names in words", () => {
  const { name, full } = createElementWords(context, spec(["x1", "x2"], [4, 2, 1]));
  const rows = [47, 12];
  assert.equal(name("layers.0.weight[1,2]"), "Weight x₂ → 1.3");
  assert.equal(name("layers.2.bias[0]"), "Bias of ŷ");
  assert.equal(full("layers.1.z[1,0]", rows), "Sum z of 2.1, sample 13");
  assert.equal(full("layers.2.output[0,0]", rows), "Answer ŷ, sample 48");
  assert.equal(full("layers.0.weight[0,0]", rows), "Weight x₁ → 1.1");
  assert.equal(full("loss", rows), "Loss");
  assert.equal(full("loss.sub_2[0,0]", rows), "Loss: difference (2), sample 48");
});

test("what a norm and dropout compute has a name, too", () => {
  const { name } = createElementWords(context, spec(["x1", "x2"], [4, 2, 1]));
  assert.equal(name("layers.0.normalized[3,2]"), "Normalized z of 1.3");
  assert.equal(name("layers.1.scale[1]"), "Scale of 2.2");
  assert.equal(name("layers.0.norm.sub_2[3,2]"), "Norm of 1.3: difference (2)");
  assert.deepEqual(placeOf("layers.1.shift[1]"), { kind: "neuron", layer: 1, index: 1 });
  assert.equal(placeOf("layers.0.norm.mean[2]"), null);
});

test("a class of a softmax is named", () => {
  const { full } = createElementWords(context, spec(["petal_length"], [8, 3], "iris"));
  assert.equal(full("loss.log_softmax[1,2]", [47, 12]), "Loss: log-probability, class 2, sample 13");
});

test("a pixel is called by its row and column", () => {
  const { name } = createElementWords(context, spec(["pixels"], [16, 10], "digits"));
  assert.equal(name("input[0,9]"), "Input pixel (2, 2)");
  assert.equal(name("layers.0.weight[63,4]"), "Weight pixel (8, 8) → 1.5");
});

test("every op of a loss or a penalty has a name, in both languages", () => {
  const zh = readWords("zh");
  const ops = ["sub", "add", "mul", "div", "neg", "abs", "power", "clip", "relu", "softplus", "log_softmax", "gather", "sum", "mean", "constant"];
  for (const { explain } of [words, zh]) for (const op of ops) assert.ok(explain.ops[op], op);
});

test("what belongs to a sample is told from what belongs to all", () => {
  assert.deepEqual(["input[0,1]", "layers.0.z[0,1]", "loss.sub[2,0]", "target[1,0]"].map(isOfSample), [true, true, true, true]);
  assert.deepEqual(["layers.0.weight[0,1]", "layers.0.bias[1]", "loss", "objective"].map(isOfSample), [false, false, false, false]);
});
