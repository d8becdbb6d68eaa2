import assert from "node:assert/strict";
import { test } from "node:test";
import { classBorders, contourLines, placed } from "../../static/js/charts/contour.js";

const field = (rows, columns, value) => Float64Array.from({ length: rows * columns }, (_, index) => value(index % columns, Math.floor(index / columns)));

test("a slope is crossed by one straight line, where it should be", () => {
  const lines = contourLines(field(3, 4, (x) => x), [3, 4], 1.25);
  assert.equal(lines.length, 1);
  assert.equal(lines[0].closed, false);
  assert.deepEqual([...lines[0].points].filter((_, index) => index % 2 === 0), [1.25, 1.25, 1.25]);
});

test("a hill has one closed line round it at its radius", () => {
  const size = 41;
  const lines = contourLines(field(size, size, (x, y) => Math.hypot(x - 20, y - 20)), [size, size], 12);
  assert.equal(lines.length, 1);
  assert.equal(lines[0].closed, true);
  const { points } = lines[0];
  for (let index = 0; index < points.length; index += 2) {
    assert.ok(Math.abs(Math.hypot(points[index] - 20, points[index + 1] - 20) - 12) < 0.02);
  }
});

test("neighbours on a line are neighbours in the field", () => {
  const size = 30;
  for (const { points, closed } of contourLines(field(size, size, (x, y) => Math.sin(x / 3) * Math.cos(y / 4) + x / 40), [size, size], 0.1)) {
    for (let index = 2; index < points.length; index += 2) {
      assert.ok(Math.hypot(points[index] - points[index - 2], points[index + 1] - points[index - 1]) <= Math.SQRT2 + 1e-9);
    }
    if (closed) assert.ok(Math.hypot(points[0] - points.at(-2), points[1] - points.at(-1)) <= Math.SQRT2 + 1e-9);
  }
});

test("the higher part is closed off from the border or by a line: ends lie on the border", () => {
  const size = 12;
  for (const { points, closed } of contourLines(field(size, size, (x, y) => x * y), [size, size], 30)) {
    if (closed) continue;
    for (const [x, y] of [[points[0], points[1]], [points.at(-2), points.at(-1)]]) {
      assert.ok([x, y].some((place) => place === 0 || place === size - 1));
    }
  }
});

test("a saddle joins its high corners when its middle is high, and parts them when it is low", () => {
  const ends = (data) => contourLines(data, [2, 2], 0.5).map(({ points }) => [...points]);
  const high = ends([1, 0.2, 0.2, 1]);
  const low = ends([0.8, 0, 0, 0.8]);
  assert.equal(high.length, 2);
  assert.equal(low.length, 2);
  const cuts = (lines, x, y) => lines.some((points) => {
    const [middleX, middleY] = [(points[0] + points[2]) / 2, (points[1] + points[3]) / 2];
    return Math.hypot(middleX - x, middleY - y) < 0.5;
  });
  assert.ok(cuts(high, 1, 0) && cuts(high, 0, 1));
  assert.ok(cuts(low, 0, 0) && cuts(low, 1, 1));
});

test("bytes are crossed at zero between 127 and 128", () => {
  const [line] = contourLines(Uint8Array.of(127, 128, 127, 128), [2, 2], 127.5);
  assert.deepEqual([...line.points].sort(), [0, 0.5, 0.5, 1]);
});

test("a level on a sample, a flat field and a field of NaN are no trouble", () => {
  for (const { points } of contourLines(field(4, 4, (x) => x), [4, 4], 1)) assert.ok(points.every(Number.isFinite));
  assert.deepEqual(contourLines(new Float64Array(9), [3, 3], 0), []);
  assert.deepEqual(contourLines(new Float64Array(9).fill(NaN), [3, 3], 0), []);
});

test("a line that leaves the field reaches the border of its rectangle", () => {
  const shape = [3, 4];
  const [line] = contourLines(field(3, 4, (x) => x), shape, 1.25);
  const pixels = placed(line, shape, [10, 20, 40, 30]);
  const heights = pixels.filter((_, index) => index % 2 === 1);
  assert.deepEqual([Math.min(...heights), Math.max(...heights)], [20, 50]);
  assert.ok(pixels.every((value, index) => index % 2 === 1 || value === 10 + (1.25 + 0.5) * 10));
});

test("the border of two classes is where they are equally likely", () => {
  const first = field(3, 5, (x) => 200 - 40 * x);
  const lines = classBorders([...first, ...first.map((value) => 255 - value)], [2, 3, 5]);
  assert.equal(lines.length, 1);
  assert.ok(Math.abs(lines[0].points[0] - 72.5 / 40) < 1e-12);
});
