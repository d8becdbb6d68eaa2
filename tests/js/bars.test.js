import assert from "node:assert/strict";
import { test } from "node:test";
import { probabilityBars, signedBars } from "../../static/js/charts/bars.js";

test("probabilities keep the order of the classes and name the strongest", () => {
  const bars = probabilityBars(["setosa", "versicolor", "virginica"], Float32Array.of(0.02, 0.9, 0.08), 0);
  assert.deepEqual(bars.map(({ name, text, strongest }) => [name, text, strongest]), [
    ["setosa", "2\u00a0%", false], ["versicolor", "90\u00a0%", true], ["virginica", "8\u00a0%", false],
  ]);
});

test("the first of equal classes is the strongest", () => {
  assert.deepEqual(probabilityBars(["a", "b"], [0.5, 0.5]).map(({ strongest }) => strongest), [true, false]);
});

test("a missing or unusable probability has no bar and a dash", () => {
  const [nan, missing] = probabilityBars(["a", "b"], [NaN]);
  assert.deepEqual([nan.share, nan.text, nan.strongest, missing.share, missing.text], [0, "–", false, 0, "–"]);
});

test("signed numbers leave the centre line to their side", () => {
  const [most, less, none] = signedBars([0.2, -0.1, 0]);
  assert.deepEqual([most.start, most.length, most.sign, most.text], [0.5, 0.5, 1, "+0.2000"]);
  assert.deepEqual([less.start, less.length, less.sign, less.text], [0.25, 0.25, -1, "−0.1000"]);
  assert.deepEqual([none.start, none.length, none.sign], [0.5, 0, 0]);
});

test("a limit keeps lists comparable, and nothing leaves the row", () => {
  const [half, over] = signedBars([1, -8], { limit: 2 });
  assert.deepEqual([half.length, over.start, over.length], [0.25, 0, 0.5]);
});

test("an infinite number takes no part in the limit", () => {
  assert.deepEqual(signedBars([Infinity, 1]).map(({ text }) => text), ["+∞", "+1.0000"]);
});
