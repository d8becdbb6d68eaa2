import assert from "node:assert/strict";
import { test } from "node:test";
import { knownField, planeScales } from "../../static/js/charts/around-map.js";
import { RESOLUTIONS, USUAL, initialState, lossesCsv, nearestNode, nearestPlace, placeOf, placesShown, questionOf, readLook, reduce, resolutionOf, shareOf, stepAt, stepsAsked, stepsOf, waysCsv, writeLook, zoomedBounds } from "../../static/js/landscape-state.js";

const way = (steps, points, diverged = null) => ({ steps, points, diverged, train: steps.map((step) => 1 / (step + 1)), test: steps.map((step) => 2 / (step + 1)), away: steps.map(() => 0.5), held: 0.9 });
const WAYS = { at: [[-1, 0, 1], [0, 2, 4]], count: 9, explained: [0.7, 0.2], centre: { lane: 0, step: 20, train: 0.1, test: 0.2 }, lanes: [way([0, 10, 20], [[0, 4], [0.5, 2], [0, 0]]), way([0, 7], [[0, 4], [90, 0]], 7)] };
const RACE = { spec: { data: { name: "circle" } }, lanes: [{ optimizer: { name: "sgd" } }, { optimizer: { name: "adam" } }], steps: 20 };
const after = (...messages) => messages.reduce(reduce, initialState({}));
const begun = { type: "begin", asked: { ...RACE, seed: 0 } };
const told = { type: "paths", line: WAYS };

test("a map comes line by line: the race, how far its training is, its ways, its losses", () => {
  const training = after(begun, { type: "training", line: { lane: 1, lanes: 2, step: 10, steps: 20 } });
  assert.equal(training.phase, "training");
  assert.equal(shareOf(training), 0.375);
  const half = reduce(reduce(training, told), { type: "values", line: { from: 0, train: [1, 2, 3], test: [4, 5, 6] } });
  assert.equal(half.phase, "losses");
  assert.equal(shareOf(half), 0.5 + 0.5 / 3);
  const more = reduce(half, { type: "values", line: { from: 3, train: [7], test: [8] } });
  assert.deepEqual([more.train, more.test], [[1, 2, 3, 7], [4, 5, 6, 8]]);
  assert.equal(shareOf(reduce(more, { type: "phase", phase: "done" })), 1);
});

test("the ways of before stay until there are others", () => {
  const again = reduce(after(begun, told, { type: "values", line: { train: [1], test: [2] } }), begun);
  assert.equal(again.ways, WAYS);
  assert.deepEqual(again.train, [1]);
  assert.deepEqual(reduce(again, told).train, []);
});

test("a place on the ways is held between their ends, and the last one is where a new map ends, too", () => {
  const state = after(begun, told);
  assert.equal(placeOf(state), 2);
  assert.equal(stepAt(state), 20);
  const at = (place) => reduce(state, { type: "at", at: place });
  assert.deepEqual([at(-3).at, at(1).at, at(2).at, at(9).at], [0, 1, null, null]);
  assert.equal(stepAt(at(1)), 10);
  const shorter = { ...WAYS, lanes: [way([0, 10], [[0, 0], [1, 1]])] };
  assert.equal(stepAt(reduce(at(1), { type: "paths", line: shorter })), 10);
  assert.deepEqual(stepsOf(WAYS), [0, 10, 20]);
  assert.equal(nearestPlace(WAYS, 14), 1);
});

test("a way that diverges is shown until it is far away", () => {
  assert.equal(placesShown(WAYS, WAYS.lanes[1]), 2);
  assert.equal(placesShown(WAYS, way([0, 1, 2, 3], [[0, 0], [1, 1], [1e9, 0], [null, null]], 3)), 3);
  assert.equal(placesShown(WAYS, way([0, 1], [[0, 0], [1, 1]], 1)), 2);
});

test("what the server is asked: the race and how one looks, a resolution that fits", () => {
  assert.deepEqual(questionOf(RACE, USUAL), { ...RACE, directions: "paths", dimensions: 2, resolution: 41, seed: 0, centre: "best", bounds: null });
  assert.equal(resolutionOf({ dimensions: 1, resolution: 41 }), 41);
  assert.equal(resolutionOf({ dimensions: 1, resolution: 51 }), 101);
  for (const [dimensions, choices] of Object.entries(RESOLUTIONS)) assert.ok(choices.includes(resolutionOf({ dimensions, resolution: null })));
});

test("an address says how one looks, and is read back", () => {
  const looks = [{}, { directions: "random", seed: 7, resolution: 51 }, { dimensions: 1, resolution: 201, centre: "mean" }, { centre: 3, bounds: [[-1, 2], [0.5, 4]] }, { dimensions: 1, bounds: [[-1, 2]] }];
  for (const each of looks) {
    const look = { ...USUAL, ...each };
    const text = writeLook({ look, ui: { split: "test", view: "space" }, spec: RACE, ownSteps: true, at: 1, ways: WAYS });
    assert.ok(text.split("&").every((part) => part.startsWith("land.")));
    assert.deepEqual(readLook(`tab=landscape&lane=sgd&${text}`), { look, ui: { split: "test", view: "space" }, steps: 20, at: 10 });
  }
  assert.equal(writeLook({ look: USUAL, ui: { split: "train", view: "map" }, spec: RACE, ownSteps: false, at: null, ways: null }), "");
});

test("what an address says and cannot be is left out", () => {
  const nonsense = "land.along=up&land.dims=3&land.resolution=12&land.seed=99999999999&land.centre=9&land.part=1,0,2,3&land.steps=many&land.at=-1&land.&other=1";
  assert.deepEqual(readLook(nonsense), { look: USUAL, ui: {}, steps: null, at: null });
  assert.equal(readLook("land.dims=1&land.part=0,1,2,3").look.bounds, null);
});

test("a race is trained as far as it has gone, unless the address says otherwise", () => {
  assert.deepEqual([stepsAsked(50, 400), stepsAsked(null, 400), stepsAsked(null, 0, 8000), stepsAsked(null, null)], [50, 400, 8000, 1000]);
});

test("nearer keeps the point where it is, and the nearest place of the grid is found row by row", () => {
  assert.deepEqual(zoomedBounds(WAYS, 0.5), [[-0.5, 0.5], [1, 3]]);
  assert.deepEqual(zoomedBounds(WAYS, 2, [-1, 0]), [[-1, 3], [0, 8]]);
  assert.equal(nearestNode(WAYS.at, [0.4, 2.9]), 4);
  assert.equal(nearestNode(WAYS.at, [9, 9]), 8);
  assert.equal(nearestNode([[-1, 0, 1]], [0.9]), 2);
});

test("tables have a row for every place, exact", () => {
  const state = { ...after(begun, told), train: [1, 2, 3, 4, 5, 6, 7, 8, 0.1 + 0.2], test: [1, 2, 3, 4, 5, 6, 7, 8, null] };
  const losses = lossesCsv(state).trim().split("\n");
  assert.equal(losses.length, 10);
  assert.equal(losses[9], "1,4,0.30000000000000004,");
  const ways = waysCsv(state).trim().split("\n");
  assert.equal(ways.length, 6);
  assert.equal(ways[2], "1,sgd,10,0.5,2,0.5,0.09090909090909091,0.18181818181818182,");
  assert.equal(ways[5], "2,adam,7,90,0,0.5,0.125,0.25,diverged");
  assert.equal(lossesCsv({ ways: { at: [[0, 1]] }, train: [3, 4], test: [5, 6] }), "a,train_loss,test_loss\n0,3,5\n1,4,6\n");
});

test("a field has the rows that are whole, the top one first, each loss in the middle of its pixel", () => {
  const field = knownField(WAYS.at, [1, 2, 3, 4, null, 6, 7]);
  assert.deepEqual(field.shape, [2, 3]);
  assert.deepEqual(Array.from(field.data), [4, NaN, 6, 1, 2, 3]);
  assert.deepEqual(field.bounds, [[-1.5, 1.5], [-1, 3]]);
  assert.equal(knownField(WAYS.at, [1, 2, 3, 4, 5]), null);
});

test("each axis has a scale of its own, its ends at the picture's", () => {
  const { x, y, plot } = planeScales(WAYS.at, ["a", "b"], { width: 500, height: 400, colors: {} });
  assert.deepEqual([x(-1), x(1)], [plot.x, plot.x + plot.width]);
  assert.deepEqual([y(0), y(4)], [plot.y + plot.height, plot.y]);
});
