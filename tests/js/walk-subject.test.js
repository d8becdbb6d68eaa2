import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createTranslator } from "../../static/js/i18n.js";
import { initialPredict } from "../../static/js/predict.js";
import { createWalk } from "../../static/js/walk.js";
import { apart, panelOf, placeName, subjectOf } from "../../static/js/walk-subject.js";
import { readWords } from "./reading-words.js";

const recorded = (name) => JSON.parse(readFileSync(new URL(`fixtures/walk-${name}.json`, import.meta.url), "utf8"));
const words = readWords("en");
const inside = (walk) => ({ t: createTranslator(words), walk: () => walk });
const users = (walk, id) => [...new Set(walk.edges.filter((edge) => edge.from === id).map((edge) => edge.to))];

test("the same weight in several samples is told apart by the sample alone", () => {
  const walk = createWalk(recorded("default"));
  const weight = walk.document.nodes.find((node) => node.element === "layers.0.weight[0,0]");
  const found = [...apart(inside(walk), walk, users(walk, weight.id)).values()];
  assert.deepEqual(found, walk.document.rows.map((row) => `Sample ${row + 1}`));
  assert.equal(placeName(inside(walk), walk, weight.id), "Parameters, Layer 1, Neuron 1");
});

test("an input that several neurons use is told apart by the neuron; one user needs nothing", () => {
  const walk = createWalk(recorded("xor"));
  const [input, output] = ["input[0,0]", "layers.0.output[0,0]"].map((element) => walk.document.nodes.find((node) => node.element === element));
  assert.deepEqual([...apart(inside(walk), walk, users(walk, input.id)).values()], ["Neuron 1", "Neuron 2"]);
  assert.deepEqual([...apart(inside(walk), walk, users(walk, output.id)).values()], [""]);
  assert.deepEqual([...apart(inside(walk), walk, []).values()], []);
});

test("it is about the chosen number, else about the one of the position; a chosen one that is gone counts as none", () => {
  const walk = createWalk(recorded("rational"));
  const state = (changes) => ({ walk: walk.document, position: 1, selected: null, predict: initialPredict(), ui: {}, ...changes });
  assert.equal(subjectOf(state({}), walk), walk.event(1).node);
  assert.equal(subjectOf(state({ selected: 0 }), walk), 0);
  assert.equal(subjectOf(state({ selected: 99 }), walk), walk.event(1).node);
  assert.equal(subjectOf(state({ position: 0 }), walk), null);
});

test("while a question is open there is no other panel", () => {
  const walk = recorded("rational");
  const backward = walk.positions.findIndex((event) => event.phase === "backward");
  const state = (on, position, side) => ({ walk, position, predict: initialPredict(on), ui: { side } });
  assert.equal(panelOf(state(true, backward, "check")), "predict");
  assert.equal(panelOf(state(false, backward, "check")), "check");
  assert.equal(panelOf(state(true, 0, undefined)), "predict");
  assert.equal(panelOf(state(false, 0, "predict")), "explain");
});
