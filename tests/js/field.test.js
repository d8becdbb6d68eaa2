import assert from "node:assert/strict";
import { test } from "node:test";
import { paint, paintClasses, rampLookup, rgb, signByte, signColor, signLookup } from "../../static/js/charts/field.js";

const stops = [[221, 118, 16], [242, 187, 138], [242, 244, 245], [155, 201, 246], [54, 142, 217]];
const bytes = (packed) => [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255, packed >>> 24];

test("the ends of the sign scale are its end colours, opaque", () => {
  const table = signLookup(stops);
  assert.deepEqual(bytes(table[0]), [...stops[0], 255]);
  assert.deepEqual(bytes(table[255]), [...stops[4], 255]);
});

test("between stops colours are mixed evenly", () => {
  assert.deepEqual(bytes(rampLookup([0, 0, 0], [255, 255, 255])[51]), [51, 51, 51, 255]);
});

test("bytes either side of zero are within a hair of the middle colour", () => {
  for (const byte of [127, 128]) {
    bytes(signLookup(stops)[byte]).slice(0, 3).forEach((channel, index) => assert.ok(Math.abs(channel - stops[2][index]) <= 1));
  }
});

test("the same stops give the same table, without computing it again", () => {
  assert.equal(signLookup(stops), signLookup(stops));
});

for (const [value, byte] of [[-1, 0], [0, 128], [1, 255], [5, 255], [-Infinity, 0], [NaN, 127]]) {
  test(`${value} is byte ${byte} of the sign scale`, () => assert.equal(signByte(value), byte));
}

test("a value's colour is that of the picture", () => {
  assert.equal(signColor(stops, 1), "rgb(54 142 217)");
});

for (const [text, expected] of [["#136dbf", [19, 109, 191]], ["#fff", [255, 255, 255]], ["rgb(1, 2, 3)", [1, 2, 3]], [" #0E1217 ", [14, 18, 23]]]) {
  test(`the colour ${text} is read as ${expected}`, () => assert.deepEqual(rgb(text), expected));
}

test("one neuron's picture is painted from its place in the stack", () => {
  const pixels = new Uint32Array(4);
  const table = signLookup(stops);
  paint(pixels, Uint8Array.of(9, 9, 9, 9, 0, 128, 255, 1), table, 4);
  assert.deepEqual([...pixels], [table[0], table[128], table[255], table[1]]);
});

test("a sure class has its own colour, no preference the colour of zero", () => {
  const pixels = new Uint32Array(4);
  const colors = [[255, 0, 0], [0, 255, 0]];
  paintClasses(pixels, Uint8Array.of(255, 0, 128, 0, 0, 255, 128, 0), 2, colors, [9, 9, 9]);
  assert.deepEqual([...pixels].map(bytes), [[255, 0, 0, 255], [0, 255, 0, 255], [9, 9, 9, 255], [9, 9, 9, 255]]);
});

test("confidence is the strength of a class's colour", () => {
  const pixels = new Uint32Array(2);
  paintClasses(pixels, Uint8Array.of(204, 255, 51, 0), 2, [[0, 0, 0], [0, 0, 0]], [200, 200, 200]);
  assert.deepEqual(bytes(pixels[0]).slice(0, 3), [80, 80, 80]);
  assert.deepEqual(bytes(pixels[1]).slice(0, 3), [0, 0, 0]);
});
