import assert from "node:assert/strict";
import { test } from "node:test";
import { linear } from "../../static/js/charts/scale.js";
import { curveOf, overlaid, withOverlay } from "../../static/js/overlays.js";
import { laneOf, otherLines, parting, runName, tickLabels, worthShowing } from "../../static/js/runs.js";

const run = (id, parent, start, head, name = "") => ({ id, parent, start, head, name, because: null });
// 1 --------400--------600            5: begun anew
//            2 ----500------900
//                   3 ----------1200
//      200 4 ---------------700
const RUNS = [run(1, null, 0, 600), run(2, 1, 400, 900), run(3, 2, 500, 1200), run(4, 1, 200, 700), run(5, null, 0, 300)];
const x = linear([0, 1200], [0, 600]);

test("two runs are the same until one of them left the other", () => {
  assert.equal(parting(RUNS, 2, 1), 400);
  assert.equal(parting(RUNS, 1, 2), 400);
});

test("a grandchild left its grandparent where its parent did", () => {
  assert.equal(parting(RUNS, 3, 1), 400);
  assert.equal(parting(RUNS, 3, 4), 200);
});

test("a run that left a branch before it branched was never on it", () => {
  const runs = [...RUNS, run(6, 2, 300, 800)]; // 2 is 1 until 400
  assert.equal(parting(runs, 6, 1), 300);
});

test("runs that were begun anew have nothing in common", () => assert.equal(parting(RUNS, 5, 1), null));

test("children of a run that is gone still know each other", () => {
  const runs = RUNS.filter(({ id }) => id !== 1);
  assert.equal(parting(runs, 2, 4), 200);
});

test("the timeline shows other runs from where they part to where they have come", () => {
  const { lines } = otherLines({ runs: RUNS.slice(0, 2), current: 2, chosen: [], x });
  assert.deepEqual(lines, [{ id: 1, from: 400, to: 600, parts: 400, row: 0 }]);
});

test("lines that would cover each other get rows of their own, and what finds no room is counted", () => {
  const { lines, hidden } = otherLines({ runs: RUNS, current: 3, chosen: [], x, rows: 2 });
  assert.equal(lines.length + hidden, 4);
  for (const row of [0, 1]) {
    const inRow = lines.filter((line) => line.row === row).sort((a, b) => a.from - b.from);
    inRow.slice(1).forEach((line, index) => assert.ok(x(inRow[index].to) < x(line.from)));
  }
});

test("a chosen run has its line before all others", () => {
  const { lines } = otherLines({ runs: RUNS, current: 3, chosen: [5], x, rows: 1 });
  assert.equal(lines[0].id, 5);
});

test("what ended where it parted has no line", () => {
  assert.deepEqual(otherLines({ runs: [run(1, null, 0, 400), run(2, 1, 400, 500)], current: 2, chosen: [], x }).lines, []);
});

test("a net that was changed before it trained is no run worth showing, unless it has a name or is shown", () => {
  const runs = [run(1, null, 0, 0), run(2, null, 0, 0, "mine"), run(3, null, 0, 5), run(4, null, 0, 0)];
  assert.deepEqual(worthShowing(runs, 4).map(({ id }) => id), [2, 3, 4]);
});

test("a name is shown, or a number", () => {
  const t = (key, { number }) => `${key} ${number}`;
  assert.equal(runName(t, run(2, 1, 0, 1, "fast"), 2), "fast");
  assert.equal(runName(t, run(2, 1, 0, 1), 2), "runs.number 2");
});

test("the ninth run shares the first lane", () => assert.equal(laneOf(9), laneOf(1)));

test("steps where runs part are labelled before round ones, and no two labels touch", () => {
  const labels = tickLabels({ x, width: (text) => text.length * 6, text: String, round: [0, 250, 500, 750, 1000], parts: [{ step: 490, id: 2 }, { step: 495, id: 3 }] });
  assert.deepEqual(labels.map(({ text }) => text), ["0", "250", "490", "750", "1000"]);
  assert.equal(labels[2].id, 2);
});

// --- curves laid over ---

const state = (ui) => ({ runs: { current: 3, runs: RUNS }, ui: { chosenRuns: [], leftRun: null, ...ui } });

test("over the curve lie the chosen runs and the one left last, once each, and never the current one", () => {
  assert.deepEqual(overlaid(state({ chosenRuns: [1, 3, 9], leftRun: 2 })), [1, 2]);
  assert.deepEqual(overlaid(state({ chosenRuns: [2], leftRun: 2 })), [2]);
});

test("a run is taken off however it came there", () => {
  assert.deepEqual(withOverlay(state({ leftRun: 2 }), 2, false), { chosenRuns: [], leftRun: null });
  assert.deepEqual(withOverlay(state({ chosenRuns: [1] }), 2, true), { chosenRuns: [1, 2], leftRun: null });
});

test("a loss that is not finite is a gap in the curve", () => {
  const { train, test: points, head } = curveOf({ head: 10, losses: [{ step: 0, train: 1, test: 2 }, { step: 10, train: null, test: 1 }] });
  assert.deepEqual(points, [[0, 2], [10, 1]]);
  assert.ok(Number.isNaN(train[1][1]));
  assert.equal(head, 10);
});
