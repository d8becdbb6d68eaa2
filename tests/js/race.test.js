import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bands, fitted, levelsOf } from "../../static/js/charts/contour-map.js";
import { exitOf, nearestStep } from "../../static/js/charts/paths.js";
import { linear } from "../../static/js/charts/scale.js";
import { FIRST, readAddress, readLane, writeAddress, writeLane } from "../../static/js/race-address.js";
import { settingsScales } from "../../static/js/charts/settings-map.js";
import { isLittle, ratesFor, stripKey, valuesOf } from "../../static/js/race-rates.js";
import { csvOf } from "../../static/js/race-csv.js";
import { elevation, spaceTraces } from "../../static/js/race-space.js";
import { overtaking } from "../../static/js/race-asking.js";
import { doubled, moved, withAnother, withField, without } from "../../static/js/race-lanes.js";
import { judged, numbersOf } from "../../static/js/race-reason.js";
import { distanceTo, explained, initialState, reduce, zoomed } from "../../static/js/race-state.js";

const field = (name, value) => ({ name, default: value });
const catalog = {
  optimizers: [{ name: "sgd", fields: [field("learning_rate", 0.03), field("nesterov", false)] }, { name: "momentum", fields: [field("learning_rate", 0.03), field("momentum", 0.9)] }, { name: "adagrad", fields: [field("learning_rate", 0.1)] }, { name: "rmsprop", fields: [field("learning_rate", 0.01), field("rho", 0.99)] }, { name: "adam", fields: [field("learning_rate", 0.001)] }],
  schedules: [{ name: "constant", fields: [] }, { name: "cosine", fields: [field("steps", 1000)] }],
  clippings: [{ name: "none", fields: [field("limit", 1)] }, { name: "norm", fields: [field("limit", 1)] }],
};
const surfaces = [{ name: "beale", fields: [field("noise", 0)] }, { name: "typed", fields: [field("noise", 0), field("expression", "x**2")] }];
const whole = (lane) => ({ optimizer: { learning_rate: 0.03, ...lane.optimizer }, schedule: lane.schedule ?? { name: "constant" }, clipping: lane.clipping ?? { name: "none", limit: 1 } });
const answered = (spec) => ({ asked: { steps: 150, seed: 0, ...spec, surface: { noise: 0, ...spec.surface }, lanes: spec.lanes.map(whole) }, surface: { bounds: [[-4.5, 4.5], [-4.5, 4.5]], minima: [[3, 0.5]] }, lanes: spec.lanes.map(() => ({ points: Array.from({ length: 151 }, (_, step) => [step, 0]), values: [], left: null })) });
const opened = (hash) => {
  const place = readAddress(hash);
  const menu = reduce(initialState({}), { type: "menu", catalog, surfaces });
  const state = reduce(reduce(menu, { type: "race", answer: answered(place.spec) }), { type: "choose", chosen: place.chosen });
  const looked = reduce(state, { type: "ui", changes: place.ui });
  return place.at === null ? looked : reduce(looked, { type: "at", at: place.at, keeps: true });
};

test("a lane is written with what differs from its defaults, and read again", () => {
  const lane = { optimizer: { name: "rmsprop", learning_rate: 0.05, rho: 0.99 }, schedule: { name: "cosine", steps: 50 }, clipping: { name: "norm", limit: 0.5 } };
  assert.equal(writeLane(lane, catalog), "rmsprop,learning_rate:0.05/cosine,steps:50/norm,limit:0.5");
  assert.deepEqual(readLane(writeLane(lane, catalog)), { optimizer: { name: "rmsprop", learning_rate: 0.05 }, schedule: { name: "cosine", steps: 50 }, clipping: { name: "norm", limit: 0.5 } });
  assert.equal(writeLane(whole({ optimizer: { name: "sgd", learning_rate: 1e-5, nesterov: true } }), catalog), "sgd,learning_rate:0.00001,nesterov:true");
});

test("a bare address is the first race, and the first race has a bare address", () => {
  assert.deepEqual(readAddress("").spec, { ...FIRST, surface: { name: "beale" } });
  assert.equal(writeAddress(opened("")), "");
});

test("the address carries everything", () => {
  const hash = "surface=typed&surface.expression=x**2%20%2B%20y**4&start=-1.25,2&lane=adam,learning_rate:0.5&lane=sgd/cosine,steps:40&steps=80&seed=7&at=12&why=2.9&view=-1,1,-2,2&shows=distance&values=linear&over=log";
  assert.equal(writeAddress(opened(hash)), hash);
  assert.equal(opened(hash).spec.surface.expression, "x**2 + y**4");
});

test("an address that says nonsense asks for nothing dangerous", () => {
  const { spec, at, ui } = readAddress("#at=-4&view=3,1,0,1&surface.__proto__=1&lane=%E0%A4%A,x&shows=everything&constructor=2");
  assert.equal(at, null);
  assert.equal(ui.frame, null);
  assert.deepEqual(Object.keys(spec.surface), []);
  assert.equal("shows" in ui, false);
});

test("a race that is answered keeps the place, or the end where one was there", () => {
  const at = (state) => state.at;
  assert.equal(at(opened("")), 150);
  assert.equal(at(opened("at=20")), 20);
  const shorter = reduce(opened("at=20"), { type: "race", answer: { ...answered(FIRST), asked: { ...answered(FIRST).asked, steps: 10 } } });
  assert.equal(at(shorter), 10);
});

test("what is explained follows the race until a step of a path is chosen; to go on follows the race again", () => {
  const state = opened("at=20&why=1");
  assert.equal(explained(state), 20);
  const chosen = reduce(state, { type: "choose", chosen: { lane: 0, step: 7 } });
  assert.equal(explained(chosen), 7);
  assert.equal(explained(reduce(chosen, { type: "at", at: 33 })), 33);
  assert.equal(explained(reduce(chosen, { type: "at", at: 0 })), 1);
});

test("lanes are changed without touching the others", () => {
  const spec = { lanes: [{ optimizer: { name: "sgd" } }, { optimizer: { name: "adam" } }] };
  assert.equal(withField(spec, 1, "optimizer", "learning_rate", 0.2).lanes[1].optimizer.learning_rate, 0.2);
  assert.deepEqual(doubled(spec, 0).lanes.map((lane) => lane.optimizer.name), ["sgd", "sgd", "adam"]);
  assert.deepEqual(moved(spec, 1, -1).lanes.map((lane) => lane.optimizer.name), ["adam", "sgd"]);
  assert.deepEqual(without(spec, 0).lanes.map((lane) => lane.optimizer.name), ["adam"]);
  assert.equal(withAnother(spec, catalog).lanes[2].optimizer.name, "momentum");
});

test("levels are round, on a logarithmic scale, and on both sides of 0", () => {
  const many = levelsOf(Array.from({ length: 1000 }, (_, index) => (index / 10) ** 3));
  assert.ok(many.length <= 16 && many.every((level) => /^[1-9]/.test(String(level / 10 ** Math.floor(Math.log10(level) + 1e-9)))));
  assert.ok(many.slice(1).every((level, index) => level > many[index]));
  const saddle = levelsOf(Array.from({ length: 81 }, (_, index) => (index - 40) / 10));
  assert.ok(saddle.includes(0) && saddle.some((level) => level < 0));
  assert.deepEqual(saddle.map((level) => -level || 0).reverse(), saddle);
  assert.deepEqual(levelsOf([2, 2, 2]), []);
});

test("darker is lower: bands count the levels below", () => {
  assert.deepEqual([...bands([0, 1, 2.5, NaN], [1, 2])], [0, 128, 255, 255]);
});

test("a map has the same scale along both axes", () => {
  const [[left, right], [bottom, top]] = fitted([[-10, 10], [-5, 5]], { width: 400, height: 400 });
  assert.deepEqual([left, right, bottom, top], [-10, 10, -10, 10]);
});

test("zooming keeps the point under the hand", () => {
  assert.deepEqual(zoomed([[0, 10], [0, 10]], 0.5, [2, 2]), [[1, 6], [1, 6]]);
});

const scales = { x: linear([0, 10], [0, 100]), y: linear([0, 10], [100, 0]), plot: { x: 0, y: 0, width: 100, height: 100 } };

test("a path leaves the map where it crosses its border", () => {
  const exit = exitOf(scales, [[5, 5], [15, 5], [400, 5]], 2);
  assert.deepEqual([exit.x, exit.y, exit.angle], [100, 50, 0]);
  assert.equal(exitOf(scales, [[5, 5], [15, 5]], 0), null);
  assert.equal(exitOf(scales, [[5, 5], [5, null]], 1).y, 0);
});

test("the nearest step of any path, within reach", () => {
  const paths = [{ points: [[1, 1], [2, 2]] }, { points: [[8, 8], [9, null]] }];
  assert.deepEqual(nearestStep(scales, paths, 21, 79), { lane: 0, step: 1 });
  assert.equal(nearestStep(scales, paths, 50, 50), null);
});

test("the distance is to the nearest of the lowest points", () => {
  assert.equal(distanceTo([0, 0], [[3, 4], [10, 0]]), 5);
});

const why = (terms, effective_rate = [0.1, 0.1], more = {}) => ({ terms: Object.entries(terms).map(([name, value]) => ({ name, value })), effective_rate, optimizer: { name: "adam", beta1: 0.9 }, remembered: { m: [1, 2] }, point: [3, 4], step: 6, ...more });

test("why: memory against the slope is said only where memory points there", () => {
  assert.deepEqual(judged(why({ gradient: [-9, 1.7], m_hat: [-15, -4], update: [0.1, 0.02] })), { kind: "against_memory", axis: 1, by: "m_hat", ratio: null });
  assert.equal(judged(why({ gradient: [1, 1], decay: [0.2, 0], update: [0.1, -0.1] })).kind, "against_decay");
  assert.equal(judged(why({ gradient: [1, 1], update: [0.1, -0.1] })).kind, "against");
});

test("why: along the slope, unevenly, or not at all", () => {
  assert.equal(judged(why({ gradient: [1, -2], update: [-0.1, 0.2] })).kind, "along");
  assert.deepEqual(judged(why({ gradient: [1, -2], update: [-0.3, 0.2] }, [0.3, 0.1])), { kind: "uneven", axis: 0, by: null, ratio: 0.3 / 0.1 });
  assert.equal(judged(why({ gradient: [0, 0], update: [0, 0] }, [null, null])).kind, "still");
  assert.equal(judged(why({ gradient: [0, 0], velocity: [1, 0], update: [-1, 0] }, [null, null])).kind, "flat");
});

test("formulas are filled with what was remembered before and the step from 1", () => {
  const known = numbersOf(why({ gradient: [5, 6], m: [7, 8], update: [1, 1] }), 1);
  assert.deepEqual([known.g, known.m, known.m_old, known.beta1, known.w, known.t], [6, 8, 2, 0.9, 4, 7]);
});

test("every optimizer's every term has a name", () => {
  const words = JSON.parse(readFileSync(new URL("../../static/locales/en/optimizers.json", import.meta.url)));
  for (const name of ["gradient", "velocity", "squares", "mean", "updates", "m", "v", "v_max", "u", "mix", "adam", "decay", "m_hat", "v_hat", "effective_rate", "update", "clipped", "schedule"]) assert.ok(words.race.terms[name], name);
});

const needed = { name: "momentum", minimum: 0, maximum: 1, exclusive_minimum: false, exclusive_maximum: true };

test("the values of a field along an axis are all allowed, the one in use among them", () => {
  const values = valuesOf(needed, 0.73);
  assert.ok(values.includes(0) && values.includes(0.73) && values.every((value) => value < 1));
  assert.ok(valuesOf({ ...needed, name: "dampening", exclusive_maximum: false }, 0).includes(1));
  assert.ok(valuesOf({ name: "eps", minimum: 0, maximum: 1, exclusive_minimum: true }, 1e-8)[0] > 0);
});

test("rates go from 0.0001 to 1, and on as far as those in use", () => {
  const ends = (rate) => {
    const rates = ratesFor({ lanes: [{ optimizer: { learning_rate: rate } }] });
    return [rates[0], rates.at(-1), rates.length];
  };
  assert.deepEqual(ends(0.1), [1e-4, 1, 25]);
  assert.deepEqual(ends(3), [1e-4, 10, 25]);
  assert.deepEqual(ends(2e-6), [1e-6, 1, 25]);
});

test("a strip is the same whatever the rates in use are, as long as they are on it", () => {
  const spec = (rate, steps = 150) => ({ surface: { noise: 0 }, steps, lanes: [{ optimizer: { name: "sgd", learning_rate: rate } }] });
  assert.equal(stripKey(spec(0.1)), stripKey(spec(0.2)));
  assert.notEqual(stripKey(spec(0.1)), stripKey(spec(0.1, 151)));
  assert.equal(isLittle(spec(0.1)), true);
  assert.equal(isLittle(spec(0.1, 5000)), false);
});

test("a map over settings finds the cell of a value, and the value's place in its cell", () => {
  const scales = settingsScales({ columns: [0.001, 0.01, 0.1, 1], rows: [0, 0.5, 0.9] }, { width: 300, height: 200, colors: {} });
  for (const [column, rate] of [0.001, 0.01, 0.1, 1].entries()) {
    for (const [row, value] of [0, 0.5, 0.9].entries()) assert.deepEqual(scales.cell(scales.x(rate), scales.y(value)), { column, row });
  }
});

test("a table of a race has a row for every step, and says where a lane left", () => {
  const text = csvOf({ paths: [{ optimizer: { name: "sgd", learning_rate: 3 }, points: [[1, 2], [1e5, null]], values: [0.1, null], left: 1 }] });
  assert.deepEqual(text.split("\n"), ["lane,optimizer,learning_rate,step,x,y,loss,note", "1,sgd,3,0,1,2,0.1,", "1,sgd,3,1,100000,,,left", ""]);
});

test("in space heights over decades are shown by their logarithms, paths on the surface end at the map's border", () => {
  const colors = { ink: "#000000", theme: "light" };
  const heights = Float32Array.from([1000, 100, 10, 0.001]);
  const { traces: [surface, path], isLog } = spaceTraces({ data: heights, shape: [2, 2], bounds: [[0, 2], [0, 2]] }, [{ points: [[0.5, 0.5], [9, 1], [1, 1]], values: [10, 5, 100], color: "#111111", name: "SGD" }], { at: 2, minima: [], lowest: null, colors, words: { step: "step" } });
  assert.equal(isLog, true);
  assert.deepEqual(surface.x, [0.5, 1.5]);
  assert.deepEqual(surface.z[1], [3, 2]); // the first row of a field is its top one
  assert.deepEqual(path.x, [0.5, null, 1]);
  assert.ok(Math.abs(path.z[2] - 2) < 0.1);
  assert.equal(elevation([0, 1, 2]).isLog, false);
  assert.equal(elevation([-5, 1e6]).isLog, false);
});

test("of many questions two are under way, the latest waits, and what was overtaken is no answer", async () => {
  const open = [];
  const ask = overtaking(2, (question) => new Promise((resolve) => open.push(() => resolve(question))));
  const answers = [1, 2, 3, 4].map((question) => ask(question));
  assert.equal(open.length, 2);
  open[1]();
  assert.deepEqual(await answers[2], { type: "replaced" });
  assert.equal(await answers[1], 2);
  assert.equal(open.length, 3);
  open[0]();
  assert.deepEqual(await answers[0], { type: "replaced" });
  open[2]();
  assert.equal(await answers[3], 4);
});
