import assert from "node:assert/strict";
import { test } from "node:test";
import { stripOf } from "../../static/js/charts/fold-strip.js";

test("dots, mean and spread stand on one axis", () => {
  const strip = stripOf([1, 2, 3], { mean: 2, spread: 1 }, 360);
  assert.ok(Math.abs(strip.mean - 180) < 1e-9);
  assert.deepEqual(strip.dots.map(Math.round), strip.dots.map((x) => Math.round(x)).sort((a, b) => a - b));
  assert.deepEqual(strip.bar, [strip.dots[0], strip.dots[2]]);
  assert.ok(strip.dots[0] > 12 && strip.dots[2] < 348);
});

test("a fold that diverged has no dot, and without a mean there is no bar", () => {
  const strip = stripOf([1, null, 3], { mean: null, spread: null }, 360);
  assert.equal(strip.dots[1], null);
  assert.equal(strip.mean, null);
  assert.deepEqual(strip.bar, []);
});

test("equal numbers stand in one place, and none at all nowhere", () => {
  const strip = stripOf([1, 1], { mean: 1, spread: 0 }, 360);
  assert.ok(Math.abs(strip.dots[0] - 180) < 1e-9);
  assert.equal(stripOf([null, null], { mean: null, spread: null }, 360), null);
});
