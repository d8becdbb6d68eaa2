import assert from "node:assert/strict";
import { test } from "node:test";
import { initialState, mergeLosses, reduce, shape, withPresent } from "../../static/js/reducer.js";

const frame = (step, loss, extra = {}) => ({ revision: 1, step, state: "playing", loss, ...extra });
const spec = (units) => ({ data: { name: "circle", features: ["x1", "x2"] }, network: { layers: units.map((count) => ({ units: count })) } });

test("loss points are appended in the order of steps", () => {
  const losses = mergeLosses({ train: [[0, 1]], test: [[0, 2]] }, [[5, 0.9, 1.9], [10, 0.8, 1.8]]);
  assert.deepEqual(losses, { train: [[0, 1], [5, 0.9], [10, 0.8]], test: [[0, 2], [5, 1.9], [10, 1.8]], validation: [] });
});

test("points that come twice are kept once", () => {
  const once = mergeLosses({ train: [], test: [] }, [[0, 1, 1], [5, 2, 2]]);
  assert.deepEqual(mergeLosses(once, [[5, 2, 2], [10, 3, 3]]).train, [[0, 1], [5, 2], [10, 3]]);
});

test("going back keeps the points of the same run, and another run has its own", () => {
  let state = { ...initialState(), revision: 1 };
  state = reduce(state, { type: "frame", frame: frame(10, [[0, 1, 1], [5, 2, 2], [10, 3, 3]], { run: 1 }), now: 0 });
  state = reduce(state, { type: "frame", frame: frame(5, [], { run: 1 }), now: 0 });
  assert.deepEqual(state.losses.test, [[0, 1], [5, 2], [10, 3]]);
  state = reduce(state, { type: "frame", frame: frame(6, [[0, 1, 1], [5, 2, 2]], { run: 2 }), now: 0 });
  assert.deepEqual(state.losses.test, [[0, 1], [5, 2]]);
});

test("a very long run is thinned and keeps its last point", () => {
  const points = Array.from({ length: 9000 }, (_, step) => [step, step, step]);
  const { train } = mergeLosses({ train: [], test: [] }, points);
  assert.ok(train.length <= 4600);
  assert.deepEqual(train.at(-1), [8999, 8999]);
});

test("a frame of an older revision is dropped", () => {
  const state = { ...initialState(), revision: 2 };
  assert.equal(reduce(state, { type: "frame", frame: frame(3, []), now: 0 }), state);
});

test("a reset clears the curves", () => {
  let state = reduce({ ...initialState(), revision: 1 }, { type: "frame", frame: frame(5, [[0, 1, 1], [5, 1, 1]]), now: 0 });
  state = reduce(state, { type: "spec", spec: spec([4, 1]), revision: 2, reset: true });
  assert.deepEqual(state.losses, { train: [], test: [], validation: [] });
});

test("a live change keeps the curves and what is pinned", () => {
  const pinned = { kind: "neuron", layer: 0, index: 0 };
  let state = { ...initialState({ pinned }), revision: 1, spec: spec([4, 1]) };
  state = reduce(state, { type: "frame", frame: frame(5, [[5, 1, 1]]), now: 0 });
  state = reduce(state, { type: "spec", spec: spec([4, 1]), revision: 2, reset: false });
  assert.equal(state.losses.train.length, 1);
  assert.deepEqual(state.ui.pinned, pinned);
});

test("a net of another shape unpins what may no longer exist", () => {
  const state = reduce({ ...initialState({ pinned: { kind: "neuron", layer: 0, index: 3 } }), spec: spec([4, 1]) }, { type: "spec", spec: spec([3, 1]), revision: 2, reset: true });
  assert.equal(state.ui.pinned, null);
});

test("the pace is measured over most of a second of frames", () => {
  let state = { ...initialState(), revision: 1 };
  for (const [step, now] of [[0, 0], [300, 200], [1500, 1000]]) state = reduce(state, { type: "frame", frame: frame(step, []), now });
  assert.equal(state.rate.perSecond, 1500);
});

test("an unknown message is an error and not silence", () => {
  assert.throws(() => reduce(initialState(), { type: "surprise" }), /unknown message "surprise"/);
});

test("a net's shape is its data set, inputs and units", () => {
  assert.equal(shape(spec([4, 1])), shape(spec([4, 1])));
  assert.notEqual(shape(spec([4, 1])), shape(spec([5, 1])));
});

test("the curve ends at the step that is shown", () => {
  const losses = { train: [[0, 1], [25, 0.5]], test: [[0, 2], [25, 1]] };
  const frame = { step: 30, metrics: { train_loss: 0.4, test_loss: 0.9 } };
  assert.deepEqual(withPresent(losses, frame), { train: [[0, 1], [25, 0.5], [30, 0.4]], test: [[0, 2], [25, 1], [30, 0.9]], validation: [] });
  assert.deepEqual(withPresent(losses, { ...frame, step: 25 }), { ...losses, validation: [] });
});

test("the step that is shown has its own point between those that were recorded", () => {
  const losses = { train: [[0, 1], [25, 0.5], [50, 0.3]], test: [[0, 2], [25, 1], [50, 0.6]] };
  const { test: points } = withPresent(losses, { step: 30, metrics: { train_loss: 0.4, test_loss: 0.9 } });
  assert.deepEqual(points, [[0, 2], [25, 1], [30, 0.9], [50, 0.6]]);
});

test("a run that branches off is told once; one that is begun anew, or gone to, is not", () => {
  const run = (id, parent, start) => ({ id, parent, start, head: 600, name: "", because: null });
  const first = { type: "runs", current: 1, runs: [run(1, null, 0)] };
  let state = reduce(initialState(), first);
  assert.equal(state.notice, null);
  state = reduce(state, { type: "runs", current: 2, runs: [run(1, null, 0), run(2, 1, 400)] });
  assert.deepEqual(state.notice, { kind: "plain", key: "notice.forked", params: { runs: { run: 2, kept: 1 }, step: 400 }, at: 2 });
  state = reduce({ ...state, notice: null }, { type: "runs", current: 1, runs: state.runs.runs });
  assert.equal(state.notice, null);
  state = reduce(state, { type: "runs", current: 3, runs: [...state.runs.runs, run(3, null, 0)] });
  assert.equal(state.notice, null);
});

test("a loss that is not finite breaks the curve and is not drawn as zero", () => {
  const { test: points } = withPresent({ train: [[0, 1]], test: [[0, 2]] }, { step: 3, metrics: { train_loss: null, test_loss: null } });
  assert.ok(Number.isNaN(points[1][1]));
});

test("a validation part has a curve of its own, and a run without one has none", () => {
  const losses = mergeLosses({ train: [], test: [], validation: [] }, [[0, 1, 2, 3], [5, 0.5, 1.5, 2.5]]);
  assert.deepEqual(losses.validation, [[0, 3], [5, 2.5]]);
  const frame = { step: 7, metrics: { train_loss: 0.4, test_loss: 1.4, validation_loss: 2.4 } };
  assert.deepEqual(withPresent(losses, frame).validation, [[0, 3], [5, 2.5], [7, 2.4]]);
  assert.deepEqual(mergeLosses(losses, []).validation, losses.validation);
  assert.deepEqual(mergeLosses(losses, [[5, 0.5, 1.5]]).validation, []);
});
