import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_POINTS, VALUES, addPoint, arePoints, asArrays, brushTarget, erasePoint, keepPoints, movePoint, nearestPoint, paintedPoints, targetsOf, withClasses } from "../../static/js/painting.js";
import { asItIs } from "../../static/js/own.js";

const POINTS = [[0, 0, 1], [3, 3, -1]];

test("a point is added where one clicks, to two decimals and inside the plane", () => {
  assert.deepEqual(addPoint([], 1.23456, -9, 1), [[1.23, -6, 1]]);
});

test("there is an end to adding", () => {
  const many = Array.from({ length: MOST_POINTS }, () => [0, 0, 1]);
  assert.equal(addPoint(many, 1, 1, 1), many);
});

test("a point that is moved keeps its class and its place in the list", () => {
  assert.deepEqual(movePoint(POINTS, 1, -1, 2), [[0, 0, 1], [-1, 2, -1]]);
  assert.deepEqual(erasePoint(POINTS, 0), [[3, 3, -1]]);
});

test("the nearest point within reach is meant, of two at one place the later", () => {
  assert.equal(nearestPoint(POINTS, 2.9, 3, 0.5), 1);
  assert.equal(nearestPoint(POINTS, 1.5, 1.5, 0.5), -1);
  assert.equal(nearestPoint([...POINTS, [3, 3, 1]], 3, 3, 0.5), 2);
});

test("the targets of classes", () => {
  assert.deepEqual([2, 3, VALUES].map(targetsOf), [[1, -1], [0, 1, 2], []]);
});

test("points keep their class when there are more, and join the last when there are fewer", () => {
  assert.deepEqual(withClasses(POINTS, 2, 4).map((point) => point[2]), [0, 1]);
  assert.deepEqual(withClasses([[0, 0, 0], [0, 0, 1], [0, 0, 4]], 5, 2).map((point) => point[2]), [1, -1, -1]);
  assert.deepEqual(withClasses([[0, 0, 4], [0, 0, 2]], 5, 3).map((point) => point[2]), [2, 2]);
  assert.deepEqual(withClasses([[0, 0, 0], [0, 0, 1], [0, 0, 2]], 3, VALUES).map((point) => point[2]), [1, 0, -1]);
  assert.deepEqual(withClasses([[0, 0, 0.4], [0, 0, -0.2]], VALUES, 2).map((point) => point[2]), [1, -1]);
});

test("the session's data are the draft when they say the same in single precision", () => {
  const { points, targets } = asArrays([[0.1, 0.2, 1]]);
  assert.equal(arePoints({ points, targets }, [[0.1, 0.2, 1]]), true);
  assert.equal(arePoints({ points, targets }, [[0.1, 0.21, 1]]), false);
  assert.equal(arePoints({ points, targets }, [[0.1, 0.2, 1], [0, 0, 1]]), false);
  assert.equal(arePoints({ points: null }, []), false);
});

test("a brush that the classes do not have is the first one", () => {
  const state = (brush, classes, brushValue) => ({ ui: { brush, brushValue }, spec: { data: { classes } } });
  assert.equal(brushTarget(state(-1, 2)), -1);
  assert.equal(brushTarget(state(4, 3)), 0);
  assert.equal(brushTarget(state("erase", 3)), null);
  assert.equal(brushTarget(state(null, VALUES, -0.5)), -0.5);
});

test("what is painted is the draft before it is the spec's", () => {
  assert.equal(paintedPoints({ ui: {}, spec: { data: { points: POINTS } } }), POINTS);
  assert.deepEqual(paintedPoints({ ui: { draft: [] }, spec: { data: { points: POINTS } } }), []);
});

test("a stroke is one request, too few points are none, and a refused one is taken back", async () => {
  const ui = { draft: null };
  const asked = [];
  const context = (answer) => ({ store: { get: () => ({ ui }), dispatch: ({ changes }) => Object.assign(ui, changes) }, set: async (changes) => { asked.push(changes); return answer; } });
  await keepPoints(context({ type: "ack" }), [[0, 0, 1]]);
  assert.deepEqual([asked.length, ui.draft.length], [0, 1]);
  await keepPoints(context({ type: "ack" }), POINTS);
  assert.deepEqual(asked, [{ data: { points: POINTS } }]);
  assert.equal(ui.draft, POINTS);
  await keepPoints(context({ type: "error" }), [...POINTS]);
  assert.equal(ui.draft, null);
});

test("the losses on offer are those of what is learnt", () => {
  const row = { name: "points", task: "binary", losses: ["mse"] };
  const losses = [{ name: "mse", tasks: ["binary", "regression"] }, { name: "cross_entropy", tasks: ["multiclass"] }];
  assert.deepEqual(asItIs(row, { name: "points", classes: 3 }, losses).losses, ["cross_entropy"]);
  assert.equal(asItIs(row, { name: "circle" }, losses), row);
  assert.deepEqual(asItIs({ ...row, name: "table" }, { name: "table", task: "regression" }, losses).losses, ["mse"]);
});
