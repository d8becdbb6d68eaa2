import assert from "node:assert/strict";
import { test } from "node:test";
import { columnEdges, heatAt, heatScales, quartersOf, shades } from "../../static/js/charts/heat.js";
import { fitting } from "../../static/js/fitting-tabs.js";

const DATA = { steps: [0, 10, 20, 25], width: 0.5, first: -2, counts: [[1, 0, 3], [0, 0, 4], [2, 2, 0], [0, 0, 0]] };

test("columns end half-way to their neighbours", () => {
  assert.deepEqual(columnEdges([0, 10, 20, 25]), [0, 5, 15, 22.5, 25]);
  assert.deepEqual(columnEdges([7]), [6.5, 7.5]);
});

test("a place on the picture is a column and a bin, outside it is none", () => {
  const scales = heatScales(DATA, { width: 200, height: 100 });
  const at = (step, value) => heatAt(DATA, scales, scales.x(step), scales.y(value));
  assert.deepEqual(at(4, -0.9), { column: 0, bin: 0 });
  assert.deepEqual(at(6, 0.4), { column: 1, bin: 2 });
  assert.deepEqual(at(24, -0.2), { column: 3, bin: 1 });
  assert.equal(at(-3, 0), null);
  assert.equal(at(3, 0.6), null);
});

test("the darkest bin holds the largest share of its column, the faintest is still seen", () => {
  const dark = shades(DATA.counts);
  assert.equal(dark[1][2], 1);
  assert.ok(Math.abs(dark[0][0] - (0.1 + 0.9 * Math.sqrt(0.25))) < 1e-12);
  assert.deepEqual(dark[3], [0, 0, 0]);
});

test("a column is told by its lowest, middle and highest bin", () => {
  assert.deepEqual(quartersOf([0, 1, 5, 0, 1]), { lowest: 1, middle: 2, highest: 4, total: 7 });
  assert.equal(quartersOf([0, 0]), null);
});

const tabs = ["a", "b", "c", "d"].map((name) => ({ name, width: 96 }));

test("tabs stand in the row while there is room, the open one always", () => {
  assert.deepEqual(fitting(tabs, null, 420, 60), ["a", "b", "c", "d"]);
  assert.deepEqual(fitting(tabs, null, 380, 60), ["a", "b", "c"]);
  assert.deepEqual(fitting(tabs, "d", 380, 60), ["a", "b", "d"]);
  assert.deepEqual(fitting(tabs, "c", 120, 60), ["c"]);
  const many = Array.from({ length: 9 }, (_, index) => ({ name: String(index), width: 10 }));
  assert.deepEqual(fitting(many, "8", 900, 60), ["0", "1", "2", "3", "4", "5", "8"]);
});
