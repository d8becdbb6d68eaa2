import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress } from "../../static/js/walk-address.js";

const place = { source: null, preset: null, at: 0, detail: null, toggled: {}, node: null, predict: false };
const SOURCE = { expression: "((w*x + b) / (1 + x) - t)**2; L = %5", values: { w: 3, x: 2, b: -1e-7 }, learns: ["w", "b"], constants: [], optimizer: { name: "adam", learning_rate: 0.03, nesterov: false }, step: 3 };

test("a preset with a place is a short address", () => {
  assert.equal(writeAddress({ ...place, preset: "rational", source: { expression: "x", step: 0 }, at: 12 }), "preset=rational&at=12");
  assert.equal(writeAddress({ ...place, preset: "xor", source: { spec: {}, step: 2, sample: 0 } }), "preset=xor&step=2&sample=0");
});

test("an expression comes back with all that was set", () => {
  const { source, preset, ...rest } = readAddress(`#${writeAddress({ ...place, source: SOURCE, at: 7, detail: "layers", toggled: { 3: true, 4: false, 9: true }, node: 5, predict: true })}`);
  assert.equal(preset, null);
  assert.deepEqual(source, SOURCE);
  assert.deepEqual(rest, { at: 7, detail: "layers", toggled: { 3: true, 9: true, 4: false }, node: 5, predict: true });
});

test("what an optimizer has anyway needs no mention", () => {
  const adam = { name: "adam", fields: [{ name: "learning_rate", default: 0.03 }, { name: "nesterov", default: false }] };
  const address = writeAddress({ ...place, source: SOURCE }, [adam]);
  assert.ok(address.includes("optimizer.name=adam&optimizer.learning_rate=0.03&step=3"), address);
});

test("a session is named with its step and sample", () => {
  const address = writeAddress({ ...place, source: { session: "a-B_9", step: 0, sample: 2 } });
  assert.equal(address, "session=a-B_9&step=0&sample=2");
  assert.deepEqual(readAddress(address).source, { session: "a-B_9", step: 0, sample: 2 });
});

test("a spec comes back as it was", () => {
  const source = { spec: { network: { layers: [{ units: 2, activation: "tanh" }] }, data: { name: "xor" } }, step: 0, sample: null };
  assert.deepEqual(readAddress(writeAddress({ ...place, source })).source, { spec: source.spec });
});

test("a node may be an element of a run", () => {
  assert.equal(readAddress("session=a&step=3&node=layers.0.weight%5B1,2%5D").node, "layers.0.weight[1,2]");
  assert.equal(readAddress("node=12").node, 12);
  assert.equal(readAddress("node=%3Cscript%3E").node, null);
});

test("an empty address names nothing, a broken one does no harm", () => {
  assert.deepEqual(readAddress(""), { source: null, preset: null, at: null, detail: null, toggled: {}, node: null, predict: null });
  const { source, at, toggled } = readAddress("#expression=%E0%A4%A&at=-3&open=1,x,2.5&__proto__.hit=1&values.__proto__.hit=1&values=7&values.w=2&spec=%7B");
  assert.equal(source.expression, "%E0%A4%A");
  assert.equal(at, null);
  assert.deepEqual(toggled, { 1: true });
  assert.deepEqual(source.values, { w: 2 });
  assert.equal({}.hit, undefined);
});
