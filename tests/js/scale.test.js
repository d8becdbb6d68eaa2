import assert from "node:assert/strict";
import { test } from "node:test";
import { decadeDomain, endTicks, linear, log, logFromZero, logTicks, roundDomain, roundUp, ticks, ticksFromZero } from "../../static/js/charts/scale.js";

test("a linear scale goes there and back", () => {
  const x = linear([-6, 6], [100, 20]);
  assert.equal(x(-6), 100);
  assert.equal(x(0), 60);
  assert.equal(x.invert(20), 6);
});

test("a logarithmic scale gives every decade the same room", () => {
  const y = log([0.01, 1], [200, 0]);
  assert.equal(y(0.1), 100);
  assert.ok(Math.abs(y.invert(50) - 10 ** -0.5) < 1e-12);
});

test("a domain without extent maps to the middle", () => {
  assert.equal(linear([3, 3], [0, 10])(3), 5);
  assert.equal(log([3, 3], [0, 10])(3), 5);
});

for (const [min, max, count, expected] of [
  [0, 1250, 5, [0, 250, 500, 750, 1000, 1250]],
  [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [-0.3, 0.35, 5, [-0.2, 0, 0.2]],
  [0, 10, 2, [0, 5, 10]],
  [7, 7, 5, [7]],
  [0, Infinity, 5, []],
]) {
  test(`ticks of ${min}..${max} are ${expected}`, () => assert.deepEqual(ticks(min, max, count), expected));
}

for (const [min, max, expected] of [[-6, 6, [-6, -3, 0, 3, 6]], [-1, 1, [-1, -0.5, 0, 0.5, 1]], [0.5, 7.4, [2, 4, 6]]]) {
  test(`the ends of ${min}..${max} are labelled where they are round`, () => assert.deepEqual(endTicks(min, max), expected));
}

for (const [min, max, expected] of [
  [0.01, 2, [0.01, 0.1, 1]],
  [0.1, 2, [0.1, 0.2, 0.5, 1, 2]],
  [1e-12, 1, [1e-12, 1e-9, 1e-6, 1e-3, 1]],
  [0, 1, []],
]) {
  test(`logarithmic ticks of ${min}..${max} are ${expected}`, () => assert.deepEqual(logTicks(min, max), expected));
}

test("any axis has two to six ticks within it", () => {
  for (let low = -5; low <= 4; low += 0.37) {
    for (let decades = 1; decades < 14; decades += 0.61) {
      const [min, max] = decadeDomain(10 ** low, 10 ** (low + decades));
      const values = logTicks(min, max);
      assert.ok(values.length >= 2 && values.length <= 6, `${min}..${max} has ${values}`);
      assert.ok(values.every((value) => value >= min && value <= max));
      const linearValues = ticks(...roundDomain(-(10 ** low), 10 ** (low + decades)), 5);
      assert.ok(linearValues.length >= 2 && linearValues.length <= 6, `${linearValues}`);
    }
  }
});

test("the logarithmic domain rests while the loss falls within a decade", () => {
  const domains = Array.from({ length: 80 }, (_, index) => decadeDomain(0.099 - index * 0.001, 1.02).join());
  assert.deepEqual([...new Set(domains)], ["0.01,2"]);
});

test("the linear domain rests while the largest value moves a little", () => {
  assert.deepEqual(roundDomain(0, 1.02), roundDomain(0, 1.19));
});

test("domains of nothing, of one value and of zero are still domains", () => {
  assert.deepEqual(roundDomain(Infinity, -Infinity), [0, 1]);
  assert.deepEqual(roundDomain(0, 0), [0, 1]);
  assert.deepEqual(decadeDomain(Infinity, -Infinity), [0.1, 1]);
  assert.deepEqual(decadeDomain(0.5, 0.5), [0.1, 1]);
});

test("a right end is round and leaves at most a quarter empty", () => {
  for (let value = 1; value < 1e5; value *= 1.07) assert.ok(roundUp(value) >= value * (1 - 1e-9) && roundUp(value) <= value * 1.34, String(value));
  assert.equal(roundUp(1250), 1250);
});

test("a logarithmic scale that begins at 0 shows 0, and finds its way back", () => {
  const scale = logFromZero([0, 1000], [10, 310]);
  assert.equal(scale(0), 10);
  assert.equal(scale(1000), 310);
  for (const step of [0, 1, 7, 999]) assert.ok(Math.abs(scale.invert(scale(step)) - step) < 1e-9);
  assert.ok(scale(10) - scale(0) > scale(1000) - scale(990));
});

test("its ticks are 0 and powers of ten", () => assert.deepEqual(ticksFromZero(1250), [0, 1, 10, 100, 1000]));
