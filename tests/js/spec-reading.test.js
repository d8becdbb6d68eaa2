import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf, fittingLayers, lossField, lossName } from "../../static/js/spec-reading.js";

test("a loss is a name, or a name with fields", () => {
  const delta = { name: "delta", default: 1 };
  assert.equal(lossName({ loss: "mse" }), "mse");
  assert.equal(lossName({ loss: { name: "huber", delta: 2 } }), "huber");
  assert.equal(lossField({ loss: { name: "huber", delta: 2 } }, delta), 2);
  assert.equal(lossField({ loss: { name: "huber", reduction: "sum" } }, delta), 1);
  assert.equal(lossField({ loss: "huber" }, delta), 1);
});

test("a batch of all rows is as large as there are rows", () => {
  assert.equal(batchOf({ spec: { batch_size: 10 }, data: null }), 10);
  assert.equal(batchOf({ spec: { batch_size: "all" }, data: { trainRows: 250 } }), 250);
  assert.equal(batchOf({ spec: { batch_size: "all" }, data: null }), null);
});

test("a residual connection stays where as many numbers arrive as leave", () => {
  const layers = [{ units: 2, residual: true }, { units: 3, residual: true }, { units: 3, residual: true }, { units: 1 }];
  assert.deepEqual(fittingLayers(layers, 2).map((layer) => Boolean(layer.residual)), [true, false, true, false]);
  assert.deepEqual(fittingLayers(layers, 4).map((layer) => Boolean(layer.residual)), [false, false, true, false]);
});

test("what was cut or frozen goes with the neurons it belongs to", () => {
  const layers = [{ units: 3, cut: [1, 3], frozen: [[0, 2], [1, 3], [2], [3]] }, { units: 2, cut: [0], frozen: [[2, 0], [3, 0]] }];
  const [first, last] = fittingLayers(layers, 2);
  assert.deepEqual(first, { units: 3, cut: [1], frozen: [[0, 2], [2]] });
  assert.deepEqual(last, { units: 2, cut: [], frozen: [[2, 0]] });
  assert.deepEqual(fittingLayers([{ units: 3, frozen: "all" }], 2), [{ units: 3, frozen: "all" }]);
});
