import assert from "node:assert/strict";
import { test } from "node:test";
import { probabilityBars } from "../../static/js/charts/bars.js";

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
