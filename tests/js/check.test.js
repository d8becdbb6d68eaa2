import assert from "node:assert/strict";
import { test } from "node:test";
import { FLOOR, errorScales, nearestStep } from "../../static/js/charts/error-curve.js";
import { lineThrough, lossDomain, sliceScales } from "../../static/js/charts/slice.js";

const STEPS = [[1e-1, 1e-3], [1e-3, 1e-7], [1e-6, 1e-11], [1e-12, 1e-4]].map(([h, relative_error]) => ({ h, relative_error }));
const SIZE = { width: 400, height: 200 };

test("the slice holds all losses, with round ends", () => {
  assert.deepEqual(lossDomain([0.13, 0.4, 0.97]), [0, 1]);
  const [low, high] = lossDomain([2, 2, 2]);
  assert.ok(low < 2 && high > 2);
  assert.deepEqual(lossDomain([null, NaN]), [0, 1]);
});

test("a pole beside the number does not press the rest flat", () => {
  const losses = Array.from({ length: 81 }, (_, index) => 1 / (index / 80) ** 2);
  const [, high] = lossDomain(losses);
  assert.ok(high < 1000 && high > 1, String(high));
});

test("what is not a number leaves a gap, not a domain", () => {
  assert.deepEqual(lossDomain([null, 0.2, 0.8]), lossDomain([0.2, 0.8]));
});

test("a straight line goes from one end of the axis to the other with its slope", () => {
  const { x } = sliceScales({ values: [1, 2, 3], losses: [0, 1, 2] }, SIZE);
  assert.deepEqual(lineThrough(x, [2, 5], -2), [[1, 7], [3, 3]]);
});

test("errors lie within the plot, an error of 0 at its floor; small steps are on the left", () => {
  const { x, y } = errorScales([...STEPS, { h: 1e-5, relative_error: 0 }], SIZE);
  assert.ok(x(1e-12) < x(1e-1));
  assert.ok(y(FLOOR) > y(1e-3));
  for (const { h, relative_error } of STEPS) {
    assert.ok(x(h) >= 0 && x(h) <= SIZE.width);
    assert.ok(y(relative_error) >= 0 && y(relative_error) <= SIZE.height);
  }
  assert.ok(Number.isFinite(y(errorScales([{ h: 1, relative_error: null }], SIZE).y.domain[0])));
});

test("a click finds the nearest step", () => {
  const { x } = errorScales(STEPS, SIZE);
  STEPS.forEach(({ h }, index) => assert.equal(nearestStep(STEPS, x, x(h) + 3), index));
  assert.equal(nearestStep(STEPS, x, -50), 3);
});
