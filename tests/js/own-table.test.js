import assert from "node:assert/strict";
import { test } from "node:test";
import { bars, domainOf } from "../../static/js/charts/data-charts.js";
import { createTranslator } from "../../static/js/i18n.js";
import { errorText, likelyTarget, tasksOf } from "../../static/js/views/table.js";
import { readWords } from "./reading-words.js";

const t = createTranslator(readWords("en"));

test("what can be learnt from a column", () => {
  assert.deepEqual(tasksOf({ kind: "text", distinct: 2 }), ["binary"]);
  assert.deepEqual(tasksOf({ kind: "text", distinct: 3 }), ["multiclass"]);
  assert.deepEqual(tasksOf({ kind: "text", distinct: 11 }), []);
  assert.deepEqual(tasksOf({ kind: "number", distinct: 2 }), ["binary", "regression"]);
  assert.deepEqual(tasksOf({ kind: "number", distinct: 500 }), ["regression"]);
  assert.deepEqual(tasksOf({ kind: "number", distinct: 0 }), []);
});

test("the last column of classes is the likely target, else the last of numbers", () => {
  const number = { name: "n", kind: "number", distinct: 9 };
  const label = { name: "l", kind: "text", distinct: 3 };
  assert.equal(likelyTarget([label, number]), "l");
  assert.equal(likelyTarget([number, { ...number, name: "m" }, { ...label, distinct: 40 }]), "m");
});

test("a refused file is explained with its line; nothing of it is markup", () => {
  const error = { code: "invalid", allowed: { reason: "ragged", line: 3, found: 1, expected: 2 } };
  assert.equal(errorText(t, error), "Line 3 has 1 fields, the lines before it have 2.");
  assert.equal(errorText(t, { code: "too_large", allowed: { maximum: 10_000_000 } }), "The file is larger than 10 MB.");
  assert.equal(errorText(t, { code: "unknown_table", allowed: null }), "This table is not on the server any more: open the file again.");
  assert.equal(errorText(t, { code: "internal", allowed: null }), "This cannot be used.");
});

test("bars are as high as their counts, the fullest the whole height", () => {
  const [[, top, , height], [, , , half]] = bars({ counts: [4, 2] }, 10, 20);
  assert.deepEqual([top, height, half], [0, 20, 10]);
  assert.equal(bars({ counts: [1], others: 3 }, 10, 20).length, 2);
});

test("a domain holds all there is, and has a width", () => {
  const [low, high] = domainOf([3, null, 7]);
  assert.ok(low <= 3 && high >= 7);
  assert.deepEqual(domainOf([2, 2]), [1, 3]);
  assert.deepEqual(domainOf([null]), [0, 1]);
});
