import assert from "node:assert/strict";
import { test } from "node:test";
import { heldOf } from "../../static/js/net-layer.js";
import { canBeCut, isCut, isFrozen, withCut, withFrozen, withLayerFrozen } from "../../static/js/held.js";

const layers = [{ units: 3 }, { units: 2 }, { units: 1 }];
const neuron = (layer, index) => ({ kind: "neuron", layer, index });
const weight = { kind: "weight", layer: 1, from: 2, index: 0 };
const bias = { kind: "bias", layer: 1, index: 0 };

test("a neuron is cut out and put back", () => {
  const cut = withCut(withCut(layers, neuron(0, 2), true), neuron(0, 0), true);
  assert.deepEqual(cut[0].cut, [0, 2]);
  assert.equal(isCut(cut, neuron(0, 2)), true);
  assert.equal(isCut(cut, neuron(0, 1)), false);
  assert.deepEqual(withCut(cut, neuron(0, 2), false)[0].cut, [0]);
  assert.deepEqual(layers[0], { units: 3 }, "what was there stays as it is");
});

test("only hidden neurons can be cut out", () => {
  assert.deepEqual([neuron(-1, 0), neuron(0, 1), neuron(2, 0), bias].map((place) => canBeCut(layers, place)), [false, true, false, false]);
});

test("a number is frozen and thawed", () => {
  const frozen = withFrozen(withFrozen(layers, weight, 3, true), bias, 3, true);
  assert.deepEqual(frozen[1].frozen, [[2, 0], [0]]);
  assert.deepEqual([weight, bias, { ...weight, from: 1 }].map((place) => isFrozen(frozen, place, 3)), [true, true, false]);
  assert.deepEqual(withFrozen(frozen, weight, 3, false)[1].frozen, [[0]]);
  assert.deepEqual(withFrozen(frozen, weight, 3, true)[1].frozen, [[0], [2, 0]], "frozen twice is frozen once");
});

test("a neuron is all weights that reach it, and its bias", () => {
  const frozen = withFrozen(layers, neuron(1, 1), 3, true);
  assert.deepEqual(frozen[1].frozen, [[0, 1], [1, 1], [2, 1], [1]]);
  assert.equal(isFrozen(frozen, neuron(1, 1), 3), true);
  assert.equal(isFrozen(withFrozen(frozen, { kind: "bias", layer: 1, index: 1 }, 3, false), neuron(1, 1), 3), false);
});

test("a layer whose every number is frozen is frozen, and one number of it can be thawed", () => {
  const both = withFrozen(withFrozen(layers, neuron(1, 0), 3, true), neuron(1, 1), 3, true);
  assert.equal(both[1].frozen, "all");
  assert.deepEqual(both, withLayerFrozen(layers, 1, true));
  const thawed = withFrozen(both, weight, 3, false);
  assert.equal(thawed[1].frozen.length, 7);
  assert.equal(isFrozen(thawed, weight, 3), false);
  assert.deepEqual(withLayerFrozen(both, 1, false)[1].frozen, []);
});

test("with a norm, which learns as well, all weights are not the whole layer", () => {
  const normed = layers.map((layer, at) => (at === 1 ? { ...layer, normalization: "layer" } : layer));
  const both = withFrozen(withFrozen(normed, neuron(1, 0), 3, true), neuron(1, 1), 3, true);
  assert.equal(both[1].frozen.length, 8);
});

test("what is held is told apart by where it is", () => {
  const of = (...rows) => heldOf({ network: { layers: rows } });
  assert.equal(of({ units: 3 }, { units: 1, cut: [], frozen: [] }), "");
  const told = [of({ cut: [1] }, {}), of({}, { cut: [1] }), of({ frozen: [[0, 1]] }, {}), of({ frozen: [[0], [1]] }, {}), of({ frozen: "all" }, {})];
  assert.equal(new Set(told).size, told.length);
});
