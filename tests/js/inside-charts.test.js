import assert from "node:assert/strict";
import { test } from "node:test";
import { foldedScales, heightsOf } from "../../static/js/charts/folded.js";
import { heights, placeAt } from "../../static/js/charts/landscape.js";
import { cellAt, largestOf, matrixPlace } from "../../static/js/charts/matrix.js";
import { pointsOf } from "../../static/js/charts/over-steps.js";
import { linear } from "../../static/js/charts/scale.js";

test("a matrix keeps its cells in the middle, and finds the one under a pointer", () => {
  const size = { width: 100, height: 100 };
  assert.deepEqual(matrixPlace([2, 4], size), { x: 0, y: 0, wide: 25, high: 50 });
  assert.deepEqual(matrixPlace([1, 4], size), { x: 0, y: 18.75, wide: 25, high: 62.5 }); // not a row of tall bars
  assert.equal(cellAt([2, 4], size, 30, 40), 1);
  assert.equal(cellAt([2, 4], size, 99, 75), 7);
  assert.equal(cellAt([1, 4], size, 50, 5), null);
  assert.equal(largestOf([0.5, -2, null, Infinity]), 2);
});

test("losses over decades are shaded by their logarithms, and what overflowed by none", () => {
  const { shares } = heights([0.01, 0.1, 1, null, 100]);
  [0, 0.25, 0.5, NaN, 1].forEach((share, index) => assert.ok(Object.is(share, shares[index]) || Math.abs(share - shares[index]) < 1e-12, `${index}: ${shares[index]}`));
  assert.deepEqual(heights([0.3, 0.3]).shares, [0, 0]);
  assert.deepEqual(heights([]).shares, []);
});

test("a pointer finds the nearest place of a slice, of a plane row by row from below", () => {
  const at = [-1, -0.5, 0, 0.5, 1];
  const scales = { x: linear([-1, 1], [0, 100]), y: linear([-1, 1], [100, 0]) };
  assert.equal(placeAt(at, scales, 60, 0, false), 2);
  assert.equal(placeAt(at, scales, 70, 0, false), 3);
  assert.equal(placeAt(at, scales, 70, 20, true), 3 + 5 * 3);
  assert.equal(placeAt(at, scales, -40, 500, true), 0);
});

test("of a single neuron the target is the height; the axes hold the grid, too", () => {
  const one = { points: { data: [0.5, -0.5, 0.9], shape: [3, 1] }, grid: null, targets: [1, -1, 1], train: [1, 1, 0] };
  assert.deepEqual(heightsOf(one), [1, -1, 1]);
  const two = { ...one, points: { data: [0, 0, 1, 1, 2, 2], shape: [3, 2] }, grid: { data: [-4, 7, 4, 7], shape: [1, 2, 2] } };
  const { x, y } = foldedScales(two, { width: 200, height: 200 });
  assert.ok(x.domain[0] <= -4 && x.domain[1] >= 4 && y.domain[1] >= 7 && y.domain[0] <= 0);
});

test("a number that is not there is a gap in its curve", () => {
  assert.deepEqual(pointsOf([0, 5], [1, null]), [[0, 1], [5, NaN]]);
});
