import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, parse, parseData, parseFrame } from "../../static/js/frames.js";

/** A message from header text and raw bytes. */
const pack = (headerText, bytes = new Uint8Array(0)) => {
  const header = new TextEncoder().encode(headerText);
  const message = new Uint8Array(8 + header.length + bytes.length);
  new DataView(message.buffer).setBigUint64(0, BigInt(header.length), true);
  message.set(header, 8);
  message.set(bytes, 8 + header.length);
  return message.buffer;
};

/** A message from arrays, packed without gaps; `pad` spaces push the numbers off their alignment. */
const message = (metadata, arrays, pad = null) => {
  const entries = {};
  const parts = [];
  let end = 0;
  for (const [name, dtype, shape, data] of arrays) {
    const bytes = new Uint8Array(data.buffer);
    entries[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    parts.push(bytes);
  }
  const text = JSON.stringify({ __metadata__: metadata, ...entries });
  const bytes = new Uint8Array(end);
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  const spaces = pad ?? (8 - (new TextEncoder().encode(text).length % 8)) % 8;
  return pack(text + " ".repeat(spaces), bytes);
};

test("every dtype comes back as it was sent", () => {
  const { metadata, arrays } = decode(message({ kind: "frame" }, [
    ["f64", "F64", [2], Float64Array.of(0.1, -1e300)],
    ["i64", "I64", [1], BigInt64Array.of(-5n)],
    ["f32", "F32", [1, 2], Float32Array.of(0.5, NaN)],
    ["i32", "I32", [1], Int32Array.of(-7)],
    ["u32", "U32", [1], Uint32Array.of(4294967295)],
    ["u8", "U8", [3], Uint8Array.of(0, 127, 255)],
    ["bool", "BOOL", [2], Uint8Array.of(1, 0)],
  ]));
  assert.deepEqual(metadata, { kind: "frame" });
  assert.deepEqual([...arrays.f64.data], [0.1, -1e300]);
  assert.deepEqual([...arrays.i64.data], [-5n]);
  assert.deepEqual([...arrays.f32.data], [0.5, NaN]);
  assert.deepEqual(arrays.f32.shape, [1, 2]);
  assert.deepEqual([...arrays.i32.data], [-7]);
  assert.deepEqual([...arrays.u32.data], [4294967295]);
  assert.deepEqual([...arrays.u8.data], [0, 127, 255]);
  assert.deepEqual([...arrays.bool.data], [1, 0]);
});

test("the bytes are the published layout: length, header, little-endian numbers", () => {
  const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} ';
  const bytes = [header.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(header), 0x00, 0x00, 0x80, 0xbf];
  assert.deepEqual([...decode(Uint8Array.from(bytes).buffer).arrays.w.data], [-1]);
});

test("aligned numbers are a view into the message, not a copy", () => {
  const buffer = message({}, [["w", "F64", [2], Float64Array.of(1, 2)]]);
  assert.equal(decode(buffer).arrays.w.data.buffer, buffer);
});

test("numbers off their alignment are read all the same", () => {
  for (let pad = 0; pad < 8; pad += 1) {
    const buffer = message({}, [["u", "U8", [1], Uint8Array.of(9)], ["w", "F64", [2], Float64Array.of(1.5, -2.5)]], pad);
    assert.deepEqual([...decode(buffer).arrays.w.data], [1.5, -2.5], `${pad} spaces`);
  }
});

test("scalars and empty arrays are arrays", () => {
  const { arrays } = decode(message({}, [["scalar", "F32", [], Float32Array.of(3)], ["none", "F64", [0, 3], new Float64Array(0)]]));
  assert.deepEqual([...arrays.scalar.data], [3]);
  assert.equal(arrays.none.data.length, 0);
});

const entry = (fields) => JSON.stringify({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields } });
const eight = new Uint8Array(8);
for (const [what, buffer, words] of [
  ["an empty message", new ArrayBuffer(0), /0 bytes are too few/],
  ["a header longer than the message", Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 0, 123, 125).buffer, /200 bytes, 2 follow/],
  ["an absurd header length", Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255).buffer, /header should have/],
  ["a header that is not JSON", pack("{oops"), /not JSON/],
  ["a header that is a list", pack("[]"), /not a JSON object/],
  ["a header that is null", pack("null"), /not a JSON object/],
  ["metadata that is a text", pack('{"__metadata__":"x"}'), /__metadata__/],
  ["an entry that is a number", pack('{"w":3}'), /"w" is not an object/],
  ["an unknown dtype", pack(entry({ dtype: "F16" }), eight), /unknown dtype "F16"/],
  ["a dtype named like an object's method", pack(entry({ dtype: "toString" }), eight), /unknown dtype/],
  ["no shape", pack(entry({ shape: null }), eight), /no valid shape/],
  ["a negative size", pack(entry({ shape: [-2] }), eight), /no valid shape/],
  ["no offsets", pack(entry({ data_offsets: [0] }), eight), /no valid data_offsets/],
  ["offsets that do not fit the shape", pack(entry({ data_offsets: [0, 4] }), eight), /needs 8 bytes, its data_offsets span 4/],
  ["offsets in the wrong order", pack(entry({ data_offsets: [8, 0] }), eight), /data_offsets span -8/],
  ["an array beyond the end", pack(entry({ data_offsets: [4, 12] }), eight), /ends at byte 12, the message has 8/],
]) {
  test(`${what} is an error that says so`, () => assert.throws(() => decode(buffer), words));
}

const frame = (metadata = {}, arrays = []) =>
  message({ kind: "frame", frame: "12", revision: "3", step: "600", epoch: "24.0", state: "paused", batch_loss: "0.25",
    metrics: '{"test_loss":0.1266}', probe: '{"index":4,"split":"test","target":-1}', ...metadata }, arrays); // prettier-ignore

test("a frame's metadata become values", () => {
  const parsed = parseFrame(frame());
  assert.deepEqual(
    [parsed.frame, parsed.revision, parsed.step, parsed.epoch, parsed.state, parsed.batchLoss],
    [12, 3, 600, 24, "paused", 0.25],
  );
  assert.deepEqual(parsed.metrics, { test_loss: 0.1266 });
  assert.deepEqual(parsed.probe, { index: 4, split: "test", target: -1 });
});

test("NaN and infinities in the metadata become null, words in texts stay", () => {
  const parsed = parseFrame(frame({ metrics: '{"train_loss": NaN, "test_loss": -Infinity}', probe: '{"split": "NaN"}', batch_loss: "nan" }));
  assert.deepEqual(parsed.metrics, { train_loss: null, test_loss: null });
  assert.deepEqual(parsed.probe, { split: "NaN" });
  assert.ok(Number.isNaN(parsed.batchLoss));
});

test("metadata that is no JSON at all is named", () => {
  assert.throws(() => parseFrame(frame({ metrics: "{" })), /"metrics" is not JSON/);
});

test("a frame's arrays are sorted by what they are", () => {
  const one = ["F32", [1], Float32Array.of(1)];
  const names = ["layers.0.weight", "grad.layers.0.weight", "probe.input", "probe.layers.1", "probe.layers.0", "probe.prediction",
    "picture.layers.0", "picture.output", "curve.layers.0", "curve.output"]; // prettier-ignore
  const parsed = parseFrame(frame({}, names.map((name) => [name, ...one])));
  assert.deepEqual(Object.keys(parsed.parameters), ["layers.0.weight"]);
  assert.deepEqual(Object.keys(parsed.gradients), ["layers.0.weight"]);
  assert.equal(parsed.activations.layers.length, 2);
  assert.equal(parsed.activations.layers[1], parsed.arrays["probe.layers.1"]);
  assert.equal(parsed.pictures.output, parsed.arrays["picture.output"]);
  assert.equal(parsed.pictures.layers[0], parsed.arrays["picture.layers.0"]);
  assert.equal(parsed.curves.layers.length, 1);
  assert.ok(parsed.activations.input && parsed.activations.prediction && parsed.curves.output);
});

test("loss rows are step, train, test", () => {
  const parsed = parseFrame(frame({}, [["loss", "F64", [2, 3], Float64Array.of(0, 1, 1.1, 5, 0.5, 0.6)]]));
  assert.deepEqual(parsed.loss, [[0, 1, 1.1], [5, 0.5, 0.6]]);
  assert.deepEqual(parseFrame(frame()).loss, []);
  assert.throws(() => parseFrame(frame({}, [["loss", "F64", [3], Float64Array.of(1, 2, 3)]])), /"loss" has the shape/);
});

test("data without a picture or points have null in their place", () => {
  const buffer = message({ kind: "data", revision: "1", name: "digits", task: "multiclass", classes: "10", dimensions: "64",
    bounds: "null", axes: "[]", inputs: '["pixels"]' }, [["y", "F32", [2], Float64Array.of(3)], ["train", "U8", [2], Uint8Array.of(1, 0)]]); // prettier-ignore
  const parsed = parseData(buffer);
  assert.deepEqual([parsed.name, parsed.classes, parsed.points, parsed.pictures.inputs], ["digits", 10, null, null]);
  assert.deepEqual([...parsed.train.data], [1, 0]);
});

test("a message is read by its kind, and the wrong kind is refused", () => {
  assert.equal(parse(frame()).kind, "frame");
  assert.equal(parse(message({ kind: "data" }, [])).kind, "data");
  assert.throws(() => parseData(frame()), /its kind is "frame", not "data"/);
  assert.throws(() => parse(message({}, [])), /its kind is undefined/);
});
