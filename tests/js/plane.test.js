import assert from "node:assert/strict";
import { test } from "node:test";
import { prepare } from "../../static/js/charts/canvas.js";
import { curveScales } from "../../static/js/charts/curve.js";
import { markOf, markRadius, nearestMark, SHAPES } from "../../static/js/charts/marks.js";
import { planeScales } from "../../static/js/charts/plane.js";

const bounds = [[-6, 6], [-6, 6]];
const colors = {
  pos: "blue", neg: "orange", ink3: "grey", lanes: ["a", "b", "c", "d", "e", "f", "g", "h"],
  sign: [[221, 118, 16], [242, 187, 138], [242, 244, 245], [155, 201, 246], [54, 142, 217]],
}; // prettier-ignore

test("a pointer's place becomes coordinates of the plane, upwards", () => {
  const { x, y, plot } = planeScales({ bounds, axes: ["x1", "x2"] }, { width: 308, height: 300 });
  assert.equal(x.invert(plot.x), -6);
  assert.equal(y.invert(plot.y), 6);
  assert.ok(Math.abs(x.invert(x(2.5)) - 2.5) < 1e-12);
});

for (const size of [172, 270, 308, 520]) {
  test(`the plot lies inside a canvas of ${size} px and takes most of it`, () => {
    const { plot } = planeScales({ bounds, axes: ["petal length (cm)", "petal width (cm)"] }, { width: size, height: size });
    assert.ok(plot.x >= 0 && plot.y >= 0 && plot.x + plot.width <= size && plot.y + plot.height <= size);
    assert.ok(plot.width * plot.height > 0.6 * size * size, `${plot.width} x ${plot.height}`);
  });
}

test("a small plane has no axes", () => {
  assert.equal(planeScales({ bounds }, { width: 172, height: 172 }).compact, true);
  assert.equal(planeScales({ bounds }, { width: 280, height: 270 }).compact, false);
  assert.equal(planeScales({ bounds }, { width: 172, height: 172, compact: false }).compact, false);
});

test("longer tick labels get a wider margin", () => {
  const left = (high) => planeScales({ bounds: [[0, 1], [-high, high]] }, { width: 300, height: 300 }).plot.x;
  assert.ok(left(5000) > left(5));
});

test("the curve's vertical domain holds its samples and does not follow the curve", () => {
  const targets = { data: Float32Array.of(-0.4, 1.7), shape: [2] };
  const { y } = curveScales({ bounds: [[-6, 6]], targets, curve: { data: Float32Array.of(99), shape: [1] } }, { width: 300, height: 300 });
  assert.ok(y.domain[0] <= -1 && y.domain[1] >= 1.7 && y.domain[1] < 5);
});

test("the two signs are a blue disc and an orange diamond", () => {
  assert.deepEqual(markOf(1, { colors }), { shape: "disc", color: "blue" });
  assert.deepEqual(markOf(-1, { colors }), { shape: "diamond", color: "orange" });
});

test("each of several classes has its own shape and colour", () => {
  const marks = [0, 1, 2, 3].map((target) => markOf(target, { task: "multiclass", classes: 4, colors }));
  assert.deepEqual(marks.map(({ shape }) => shape), SHAPES.slice(0, 4));
  assert.equal(new Set(marks.map(({ color }) => color)).size, 4);
});

test("a regression target is coloured by the sign scale, up to its limit", () => {
  const options = { task: "regression", colors, limit: 2 };
  assert.equal(markOf(2, options).color, "rgb(54 142 217)");
  assert.equal(markOf(-9, options).color, "rgb(221 118 16)");
  assert.equal(markOf(0, options).outline, "grey");
});

test("marks grow with the plot, within reason", () => {
  assert.ok(markRadius(172) >= 1.8 && markRadius(172) < markRadius(280) && markRadius(2000) <= 4);
});

test("the nearest sample within reach is found, and none beyond it", () => {
  const points = { data: Float32Array.of(0, 0, 3, 0, 3, 0.5), shape: [3, 2] };
  const scales = { x: (value) => 10 * value, y: (value) => 10 * value };
  assert.equal(nearestMark(points, scales, 29, 4), 2);
  assert.equal(nearestMark(points, scales, 1, 1), 0);
  assert.equal(nearestMark(points, scales, 100, 100), -1);
});

test("samples of one dimension are found by their targets", () => {
  const points = { data: Float32Array.of(0, 3), shape: [2, 1] };
  const scales = { x: (value) => 10 * value, y: (value) => 10 * value };
  assert.equal(nearestMark(points, scales, 31, 52, 12, Float32Array.of(0, 5)), 1);
});

test("a canvas is given the screen's density, and sized again only when that changes", () => {
  let sized = 0;
  const context = { setTransform() {}, clearRect() {} };
  const canvas = {
    size: [0, 0], getContext: () => context,
    get width() { return this.size[0]; }, set width(value) { sized += 1; this.size[0] = value; },
    get height() { return this.size[1]; }, set height(value) { sized += 1; this.size[1] = value; },
  }; // prettier-ignore
  prepare(canvas, { width: 100, height: 50, ratio: 1.5 });
  assert.deepEqual(canvas.size, [150, 75]);
  prepare(canvas, { width: 100, height: 50, ratio: 1.5 });
  assert.equal(sized, 2);
});
