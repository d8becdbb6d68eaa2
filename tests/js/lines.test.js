import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestPoint } from "../../static/js/charts/line-cursor.js";
import { drawLines, extent, lineScales, lonePoints, spread, thin } from "../../static/js/charts/lines.js";

const same = (value) => value;
const colors = { ground: "#fff", line: "#eee", ctl: "#888", ink: "#000", ink2: "#444", ink3: "#666" };
const options = { width: 308, height: 220, colors, ratio: 1 };

/** A canvas that only notes what was written and how often a path was stroked. */
const notebook = () => {
  const texts = [];
  const numbers = [];
  const context = new Proxy({ measureText: (text) => ({ width: 6 * text.length }), fillText: (text, x, y) => { texts.push(text); numbers.push(x, y); } }, {
    get: (target, name) => target[name] ?? ((...values) => { numbers.push(...values.filter((value) => typeof value === "number")); }),
    set: () => true,
  }); // prettier-ignore
  return { canvas: { width: 0, height: 0, getContext: () => context }, texts, numbers };
};

test("thinning keeps the first, the lowest, the highest and the last point of a column, in order", () => {
  const points = [[0.1, 5], [0.2, 9], [0.3, 1], [0.4, 6], [0.5, 4], [1.5, 7]];
  assert.deepEqual(thin(points, same, same), [[0.1, 5], [0.2, 9], [0.3, 1], [0.5, 4], [1.5, 7]]);
});

test("thinning never loses a peak and is bounded by the width", () => {
  const points = Array.from({ length: 4096 }, (_, index) => [index, index === 1234 ? 99 : index === 3210 ? -99 : Math.sin(index)]);
  const thinned = thin(points, (step) => (step / 4096) * 200, same);
  assert.ok(thinned.length <= 4 * 201, String(thinned.length));
  assert.equal(Math.max(...thinned.map(([, y]) => y)), 99);
  assert.equal(Math.min(...thinned.map(([, y]) => y)), -99);
});

test("a line skips what is not a number and goes on after it", () => {
  const points = [[0, NaN], [1, 1], [2, Infinity], [3, NaN], [4, 2], [5, 3]];
  assert.deepEqual(thin(points, same, same), [[1, 1], null, [4, 2], [5, 3]]);
});

test("a logarithmic line skips zero and negative values", () => {
  assert.deepEqual(thin([[0, 1], [1, 0], [2, -1], [3, 2]], same, same, true), [[0, 1], null, [3, 2]]);
});

test("a point between gaps is a lone point", () => {
  assert.deepEqual(lonePoints([[0, 1], null, [2, 2], [3, 3]]), [[0, 1]]);
  assert.deepEqual(lonePoints([[0, 1]]), [[0, 1]]);
});

test("the extent leaves out what cannot be drawn, but not its steps", () => {
  const series = [{ name: "a", points: [[0, 1], [5, 0], [10, NaN], [20, Infinity]], color: "" }];
  assert.deepEqual(extent(series, true), { low: 1, high: 1, last: 20 });
  assert.deepEqual(extent(series, false), { low: 0, high: 1, last: 20 });
});

test("the point nearest to a step is found, also beyond the ends", () => {
  const points = [[0, 1], [10, 2], [20, 3]];
  assert.deepEqual([-5, 4, 5, 6, 14.9, 99].map((step) => nearestPoint(points, step)[0]), [0, 0, 0, 10, 10, 20]);
  assert.equal(nearestPoint([], 3), null);
  assert.deepEqual(nearestPoint([[7, 1]], 3), [7, 1]);
});

test("labels that would collide move apart by the same way", () => {
  assert.deepEqual(spread([100, 104], 12, 0, 200), [96, 108]);
});

test("labels stay within the plot", () => {
  const heights = spread([199, 200], 12, 0, 200);
  assert.ok(heights[0] >= 0 && heights[1] <= 200 && heights[1] - heights[0] >= 11.5);
});

test("labels that would end far from their lines are given up", () => {
  assert.equal(spread([100, 101, 102, 103, 104], 12, 0, 200), null);
});

test("the plot does not move when the loss falls or steps grow", () => {
  const at = (step, value) => lineScales([{ name: "test", points: [[0, 1], [step, value]], color: "" }], options).plot;
  assert.deepEqual(at(10, 0.9), at(120000, 1e-7));
});

test("steps have commas and the axis ends where it is told to", () => {
  const { canvas, texts } = notebook();
  drawLines(canvas, [{ name: "test", points: [[0, 1], [1250, 0.1]], color: "#000" }], { ...options, lastStep: 1250 });
  assert.ok(texts.includes("1,250") && texts.includes("0") && texts.includes("test"));
});

for (const [what, points] of [
  ["no points", []],
  ["a single point", [[0, 1]]],
  ["a constant", [[0, 0.5], [100, 0.5]]],
  ["zeros", [[0, 0], [100, 0]]],
  ["only NaN", [[0, NaN], [1, NaN]]],
  ["an overflow", [[0, 1], [1, 1e300], [2, Infinity]]],
  ["very small values", [[0, 1e-9], [1, 1e-11]]],
]) {
  for (const log of [true, false]) {
    test(`a ${log ? "logarithmic" : "linear"} chart of ${what} is drawn with finite numbers`, () => {
      const { canvas, numbers } = notebook();
      drawLines(canvas, [{ name: "test", points, color: "#000" }], { ...options, log, cursor: { step: 1, text: "step 1" } });
      assert.ok(numbers.every(Number.isFinite), `${numbers.filter((number) => !Number.isFinite(number))}`);
    });
  }
}

test("the chart says whether its lines are labelled", () => {
  const crowd = Array.from({ length: 6 }, (_, index) => ({ name: `run ${index}`, points: [[0, 1], [10, 1 + index / 100]], color: "#000" }));
  assert.equal(drawLines(notebook().canvas, crowd, options).labelled, false);
  assert.equal(drawLines(notebook().canvas, crowd.slice(0, 2), options).labelled, true);
});

test("the future of a run that has gone back is drawn faint, and only that", () => {
  const { canvas } = notebook();
  const alphas = [];
  const context = canvas.getContext("2d");
  canvas.getContext = () => new Proxy(context, { get: (target, name) => target[name], set: (_, name, value) => { if (name === "globalAlpha") alphas.push(value); return true; } });
  const points = [[0, 1], [50, 0.5], [100, 0.25]];
  drawLines(canvas, [{ name: "test", points, color: "#000", until: 50 }], options);
  assert.ok(alphas.some((alpha) => alpha < 1) && alphas.at(-1) === 1);
});

test("steps may be logarithmic", () => {
  const { x } = lineScales([{ name: "test", points: [[0, 1], [1000, 0.1]], color: "#000" }], { ...options, logSteps: true });
  assert.ok(x(10) - x(0) > x(1000) - x(500));
});

test("another run that diverged does not press the curve into a line, and is labelled where it leaves the chart", () => {
  const own = { name: "test", points: [[0, 1], [100, 0.01]], color: "#000" };
  const guest = { name: "Run 1", points: [[0, 1], [50, 1e300]], color: "#00f", guest: true };
  const { y } = lineScales([guest, own], options);
  assert.ok(y.domain[1] <= 1000 && y.domain[0] === 0.01);
  const { canvas, texts } = notebook();
  assert.equal(drawLines(canvas, [guest, own], options).labelled, true);
  assert.ok(texts.includes("Run 1"));
});
