import assert from "node:assert/strict";
import { test } from "node:test";
import { carried, raceText, readNetRace, writeNetRace } from "../../static/js/net-race-state.js";
import { epochAt, furthest, initialState, laneNow, merged, presetOf, reached, reduce, valueAt } from "../../static/js/net-race-store.js";
import { linesOf } from "../../static/js/net-race-rates.js";
import { addressIn, placeOf } from "../../static/js/race-tab.js";

const field = (name, value) => ({ name, default: value });
const defaults = (name) => ({ version: 1, data: { name, noise: 0 }, network: { layers: [{ units: 4, activation: "tanh", initializer: "xavier" }, { units: 1, activation: "tanh", initializer: "xavier" }] }, loss: "mse", optimizer: { name: "sgd", learning_rate: 0.03 }, schedule: { name: "constant" }, clipping: { name: "none", limit: 1 }, stopping: { epoch: null }, regularization: { name: "none", rate: 0 }, batch_size: 10, seed: 42 });
const catalog = {
  defaults: defaults("circle"),
  datasets: ["circle", "spiral"].map((name) => ({ name, defaults: defaults(name) })),
  optimizers: [{ name: "sgd", fields: [field("learning_rate", 0.03)] }, { name: "adam", fields: [field("learning_rate", 0.001), field("beta1", 0.9)] }],
  schedules: [{ name: "constant", fields: [] }, { name: "cosine", fields: [field("steps", 1000)] }],
  clippings: [{ name: "none", fields: [field("limit", 1)] }, { name: "norm", fields: [field("limit", 1)] }],
};
const whole = (optimizer, more = {}) => ({ optimizer, schedule: { name: "constant" }, clipping: { name: "none", limit: 1 }, ...more });
const spiral = { ...defaults("spiral"), network: { layers: [{ units: 8, activation: "relu", initializer: "xavier" }, { units: 1, activation: "tanh", initializer: "xavier" }] }, seed: 7 };
const race = { spec: spiral, lanes: [whole({ name: "sgd", learning_rate: 0.3 }), whole({ name: "adam", learning_rate: 0.001, beta1: 0.5 }, { schedule: { name: "cosine", steps: 500 } })] };

test("a race of nets is an address that a person can read, and is read again as what it was", () => {
  const text = writeNetRace(race, catalog, { at: 400, ui: { target: 0.05, measure: "train", scale: "log" } });
  assert.equal(text, "data.name=spiral&network.layers=8-relu,1-tanh&seed=7&lane=sgd,learning_rate:0.3&lane=adam,beta1:0.5/cosine,steps:500&at=400&target=0.05&shows=train");
  const read = readNetRace(text);
  assert.deepEqual(read.spec, { data: { name: "spiral" }, network: { layers: [{ units: 8, activation: "relu" }, { units: 1, activation: "tanh" }] }, seed: 7 });
  assert.deepEqual(read.lanes, [{ optimizer: { name: "sgd", learning_rate: 0.3 } }, { optimizer: { name: "adam", beta1: 0.5 }, schedule: { name: "cosine", steps: 500 } }]);
  assert.equal(read.at, 400);
  assert.deepEqual(read.ui, { target: 0.05, measure: "train" });
  assert.equal(read.isBare, false);
});

test("what every lane has for itself is not in the shared part", () => {
  const other = { ...race, spec: { ...spiral, optimizer: { name: "adam", learning_rate: 1 }, stopping: { epoch: 4 } } };
  assert.equal(writeNetRace(other, catalog), writeNetRace(race, catalog));
});

test("the playground's address is a race of its optimizer against the usual others", () => {
  const read = readNetRace("optimizer.name=adam&optimizer.learning_rate=0.02&schedule.name=cosine&data.name=spiral&stopping.epoch=3&view.speed=10");
  assert.deepEqual(read.spec, { data: { name: "spiral" } });
  assert.deepEqual(read.lanes[0], { optimizer: { name: "adam", learning_rate: 0.02 }, schedule: { name: "cosine" } });
  assert.deepEqual(read.lanes.map(({ optimizer }) => optimizer.name), ["adam", "sgd", "momentum", "rmsprop"]);
  assert.equal(readNetRace("").isBare, true);
  assert.equal(readNetRace("tab=nets&target=0.2").isBare, true);
  assert.equal(readNetRace("").lanes.length, 4);
});

test("nonsense in an address is left to the server, or left out where it is the page's own", () => {
  const read = readNetRace("at=-3&target=nonsense&shows=everything&lane=%E0%A4%A&seed=many");
  assert.equal(read.at, null);
  assert.deepEqual(read.ui, {});
  assert.deepEqual(read.spec, { seed: "many" });
});

test("tabs that show the same race hand over the race, and keep what is theirs", () => {
  assert.equal(raceText("#tab=nets&data.name=spiral&lane=sgd&at=4&target=0.1&shows=train&land.kind=pca"), "data.name=spiral&lane=sgd&at=4");
  assert.equal(carried("seed=3&lane=adam&at=9&target=0.1", "seed=1&lane=sgd&land.kind=pca&land.resolution=51"), "seed=3&lane=adam&at=9&land.kind=pca&land.resolution=51");
  assert.deepEqual(readNetRace("lane=sgd&land.kind=pca").spec, {});
});

test("the address names every tab but the first", () => {
  const names = ["surfaces", "nets"];
  assert.deepEqual(placeOf("#surface=bowl", names), { tab: "surfaces", text: "surface=bowl" });
  assert.deepEqual(placeOf("#tab=nets&seed=3", names), { tab: "nets", text: "seed=3" });
  assert.deepEqual(placeOf("#tab=nets", names), { tab: "nets", text: "" });
  assert.deepEqual(placeOf("#tab=other&seed=3", names), { tab: "surfaces", text: "seed=3" });
  assert.equal(addressIn("surfaces", "surface=bowl", names), "surface=bowl");
  assert.equal(addressIn("nets", "", names), "tab=nets");
  assert.equal(addressIn("nets", "seed=3", names), "tab=nets&seed=3");
});

// --- the state ---

const answered = (lanes, spec = spiral) => ({ type: "race", answer: { id: "a", spec, lanes, states: lanes.map(() => ({ start: "f00d" })), same_start: true } });
const frame = (step, points, more = {}) => ({ type: "frame", frame: { step, head: step, epoch: step / 25, state: "paused", lanes: points.map(() => ({ step, metrics: { test_loss: 0.5, train_loss: 0.4 }, diverged: null })), points, ...more } });
const started = () => reduce(initialState({}), answered(race.lanes));

test("points of a curve are kept by their step, whatever order they come in", () => {
  assert.deepEqual(merged([[0, 1, 1], [5, 2, 2]], [[5, 2, 2], [10, 3, 3]]), [[0, 1, 1], [5, 2, 2], [10, 3, 3]]);
  assert.deepEqual(merged([[0, 1, 1], [10, 3, 3]], [[5, 2, 2]]).map(([step]) => step), [0, 5, 10]);
});

test("a curve is the same whether one has watched it or comes later: points of the server's interval, and the last one", () => {
  const watched = [0, 5, 7, 10, 15, 20].reduce((rows, step) => merged(rows, [[step, 0, 0]], step < 12 ? 5 : 10), []);
  assert.deepEqual(watched.map(([step]) => step), [0, 10, 20]);
  assert.deepEqual(merged(watched, [[23, 0, 0]], 10).map(([step]) => step), [0, 10, 20, 23]);
});

test("a lane that is edited begins its curve anew, the others keep theirs in their new places", () => {
  const run = reduce(started(), frame(50, [[[0, 1, 1], [50, 2, 2]], [[0, 3, 3], [50, 4, 4]]]));
  const turned = reduce(run, answered([race.lanes[1], whole({ name: "sgd", learning_rate: 0.1 })]));
  assert.deepEqual(turned.curves, [[[0, 3, 3], [50, 4, 4]], []]);
  const otherNet = reduce(run, answered(race.lanes, { ...spiral, seed: 8 }));
  assert.deepEqual(otherNet.curves, [[], []]);
});

test("what is sought is where one is going until its frame comes", () => {
  const going = reduce(reduce(started(), frame(10, [[], []])), { type: "seeking", step: 40 });
  assert.equal(furthest(going), 40);
  assert.equal(reduce(going, frame(20, [[], []])).seeking, 40);
  assert.equal(reduce(going, frame(40, [[], []])).seeking, null);
});

test("the loss to reach is reached at the first point of the grid that has it", () => {
  const rows = [[0, 9, 1], [5, 9, 0.4], [7, 9, 0.1], [10, 9, 0.2], [15, 9, 0.1]];
  assert.deepEqual(reached(rows, 2, 0.3, 5), { step: 10, loss: 0.2 });
  assert.deepEqual(reached(rows, 2, 0.1, 10), { step: 15, loss: 0.1 }); // the last point counts
  assert.equal(reached(rows, 1, 0.3, 5), null);
  assert.equal(reached(rows, 2, null, 5), null);
});

test("a lane that has diverged is that only from its step on", () => {
  const state = reduce(started(), frame(30, [[], []], { lanes: [{ step: 20, metrics: {}, diverged: 20 }, { step: 30, metrics: { test_loss: 0.2 }, diverged: null }] }));
  assert.equal(laneNow(state, 0).diverged, 20);
  assert.equal(laneNow(state, 1).loss, 0.2);
  assert.equal(laneNow(started(), 0), null);
});

test("an epoch is as many steps as it takes to see every row once; its last batch may be smaller", () => {
  const state = { ...started(), data: { trainRows: 25 } };
  assert.deepEqual([0, 1, 2, 3, 7].map((step) => epochAt(state, step)), [0, 0.4, 0.8, 1, 2.4]);
  assert.equal(epochAt({ ...state, spec: { spec: { ...spiral, batch_size: "all" } } }, 4), 4);
  assert.equal(epochAt(started(), 4), null);
  assert.equal(valueAt([[0, 1, 5], [4, 1, 6]], 2, 3), 5);
});

test("a net that is a preset's is called by its name", () => {
  const state = { ...started(), presets: [{ name: "spiral", race: { spec: spiral } }] };
  assert.equal(presetOf(state), "spiral");
  assert.equal(presetOf({ ...state, spec: { spec: { ...spiral, seed: 1 } } }), null);
});

test("results of the strip come coarse to fine and are shown in the order of the rates", () => {
  const each = (lane, index, value) => ({ lane, index, rate: 10 ** index, test: { median: value, low: value, high: value }, train: { median: 0, low: 0, high: 0 } });
  const lines = linesOf([each(1, 0, 5), each(0, 4, 3), each(0, 0, 1), each(0, 2, null)], "test");
  assert.deepEqual(lines, [{ lane: 0, rates: [1, 100, 10000], median: [1, null, 3], low: [1, null, 3], high: [1, null, 3] }, { lane: 1, rates: [1], median: [5], low: [5], high: [5] }]);
});
