import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createWalk, neighbourStop, sameShape, stopIndex } from "../../static/js/walk.js";
import { MOST_NODES, chosenSample, detailOf, openGroups, toggle } from "../../static/js/walk-detail.js";
import { network, rational } from "./making-walks.js";

const recorded = (name) => JSON.parse(readFileSync(new URL(`fixtures/walk-${name}.json`, import.meta.url), "utf8"));
const DOCUMENTS = { rational: recorded("rational"), twice: recorded("twice"), xor: recorded("xor"), default: recorded("default"), "by hand": rational(), "2-8-8-1": network([2, 8, 8, 1]) };

/** The state of every position by going there: each event done to what was before it. The other way to the same numbers. */
function walked(document) {
  const values = document.nodes.map((node) => (node.op ? null : node.value));
  const gradients = document.nodes.map(() => null);
  const arrived = document.nodes.map(() => 0);
  const at = new Map(document.nodes.map((node, index) => [node.id, index]));
  return document.positions.map((event) => {
    const index = at.get(event.node);
    if (event.phase === "forward") values[index] = document.nodes[index].value;
    if (event.phase === "seed") gradients[index] = event.sum;
    if (event.phase === "update") values[index] = event.after;
    if (event.phase === "backward") {
      gradients[index] = event.sum;
      arrived[index] += 1;
    }
    return { phase: event.phase, values: [...values], gradients: [...gradients], arrived: [...arrived] };
  });
}

const levels = (walk, position = 0) => ["layers", "neurons", "operations"].map((detail) => openGroups(walk, { detail, toggled: {}, position }));
const random = (seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;

for (const [name, document] of Object.entries(DOCUMENTS)) {
  const walk = createWalk(document);
  const there = walked(document);

  test(`forward to the end and back to the start, every stop is the same both ways: ${name}`, () => {
    for (const { route } of levels(walk)) {
      const stops = walk.stops(route);
      const seen = new Map();
      for (let position = 0; position !== null; position = neighbourStop(stops, position, 1)) seen.set(position, walk.stateAt(position));
      assert.deepEqual([...seen.keys()], stops);
      const back = [];
      for (let position = stops[stops.length - 1]; position !== null; position = neighbourStop(stops, position, -1)) {
        back.unshift(position);
        assert.deepEqual(walk.stateAt(position), seen.get(position));
        assert.deepEqual(seen.get(position), there[position], `position ${position}`);
      }
      assert.deepEqual(back, stops);
    }
  });

  test(`10,000 jumps agree with walking there: ${name}`, () => {
    const next = random(7);
    for (let jump = 0; jump < 10_000; jump += 1) {
      const position = Math.floor(next() * walk.count);
      const id = document.nodes[Math.floor(next() * document.nodes.length)].id;
      const index = document.nodes.findIndex((node) => node.id === id);
      assert.equal(walk.valueAt(id, position), there[position].values[index]);
      assert.equal(walk.gradAt(id, position), there[position].gradients[index]);
      assert.equal(walk.arrived(id, position).length, there[position].arrived[index]);
    }
  });

  test(`contributions add up to each partial sum, and the last one is the gradient: ${name}`, () => {
    for (const node of document.nodes) {
      const events = walk.arrivals.get(node.id).map((position) => document.positions[position]);
      let sum = 0;
      events.forEach((event, index) => {
        sum += event.contribution;
        assert.ok(Math.abs(sum - event.sum) <= 1e-12 * Math.max(1, Math.abs(sum)), `${node.name}: ${sum} and ${event.sum}`);
        assert.equal(event.nth, index + 1);
        assert.equal(event.of, events.length);
      });
      if (events.length) assert.equal(events[events.length - 1].sum, node.grad);
      assert.equal(walk.gradAt(node.id, walk.count - 1), node.grad);
    }
  });

  test(`what is open only leaves stops out, and never the ends: ${name}`, () => {
    const all = new Set(document.positions.map((_, position) => position));
    const counts = levels(walk).map(({ route }) => {
      const stops = walk.stops(route);
      assert.equal(stops[0], 0);
      assert.equal(stops[stops.length - 1], walk.count - 1);
      assert.ok(stops.every((stop, index) => all.has(stop) && (index === 0 || stop > stops[index - 1])));
      return stops.length;
    });
    assert.ok(counts[0] <= counts[1] && counts[1] <= counts[2]);
    assert.equal(walk.stops(document.groups.map((group) => group.id)).length, walk.count);
  });
}

test("a shown node stops at every arrival, a closed group once in each pass", () => {
  const walk = createWalk(DOCUMENTS.xor);
  const neuron = walk.document.groups.find((group) => group.kind === "neuron");
  const inside = new Set(walk.members.get(neuron.id));
  const { route } = openGroups(walk, { detail: "neurons", toggled: {}, position: 0 });
  const own = (stops, phase) => stops.filter((stop) => walk.event(stop).phase === phase && inside.has(walk.event(stop).node));
  const closed = walk.stops(route);
  for (const phase of ["forward", "backward", "update"]) {
    assert.deepEqual(own(closed, phase), own(walk.document.positions.map((_, at) => at), phase).slice(-1), phase);
  }
  const opened = walk.stops([...route, neuron.id]);
  assert.equal(own(opened, "backward").length, walk.document.positions.filter((event) => event.phase === "backward" && inside.has(event.node)).length);
});

test("between stops, the next one is ahead and the last one behind", () => {
  assert.equal(neighbourStop([0, 4, 9], 6, 1), 9);
  assert.equal(neighbourStop([0, 4, 9], 6, -1), 4);
  assert.equal(neighbourStop([0, 4, 9], 4, -1), 0);
  assert.equal(neighbourStop([0, 4, 9], 9, 1), null);
  assert.equal(neighbourStop([0, 4, 9], 0, -1), null);
  assert.equal(stopIndex([0, 4, 9], 8), 1);
});

test("one goes to a node forward while the walk is there, and to its gradient afterwards", () => {
  const walk = createWalk(DOCUMENTS.rational);
  const z = walk.document.nodes.find((node) => node.name === "z").id;
  assert.equal(walk.event(walk.placeOf(z, 1)).phase, "forward");
  assert.deepEqual([walk.event(walk.placeOf(z, 14)).phase, walk.event(walk.placeOf(z, 14)).node], ["backward", z]);
});

test("where a gradient flows back, the op it flows through is at work", () => {
  const walk = createWalk(DOCUMENTS.rational);
  const at = walk.document.positions.findIndex((event) => event.phase === "backward");
  assert.equal(walk.currentNode(at), walk.document.positions[at].from);
  assert.equal(walk.currentNode(0), null);
});

test("other numbers are the same shape, another graph is not", () => {
  const other = structuredClone(DOCUMENTS.rational);
  other.nodes[0].value += 1;
  assert.ok(sameShape(DOCUMENTS.rational, other));
  assert.ok(!sameShape(DOCUMENTS.rational, DOCUMENTS.twice));
  assert.ok(!sameShape(null, DOCUMENTS.twice));
});

// --- what is open ---

test("too many operations to read: only the neuron at work is open, and the steps still go through all", () => {
  const walk = createWalk(DOCUMENTS["2-8-8-1"]);
  const neurons = walk.document.groups.filter((group) => group.kind === "neuron").map((group) => group.id);
  for (const position of [5, 60, 200, 400]) {
    const { open, route, follows } = openGroups(walk, { detail: "operations", toggled: {}, position });
    assert.ok(follows);
    const opened = neurons.filter((id) => open.includes(id));
    assert.ok(opened.length >= 1 && opened.length <= 2, `${opened.length} open`); // a gradient may cross from one into another
    const { node } = walk.event(position);
    assert.equal(walk.representative(node, new Set(open)), `n${node}`);
    assert.equal(walk.stops(route).length, walk.count);
    const shown = walk.document.nodes.filter(({ id }) => walk.representative(id, new Set(open)).startsWith("n"));
    assert.ok(shown.length < MOST_NODES);
  }
});

test("a net of many inputs starts with its layers, one of few with its neurons", () => {
  const few = createWalk(DOCUMENTS.default);
  assert.equal(detailOf(few, null), "neurons");
  const wide = structuredClone(DOCUMENTS.default);
  const input = wide.nodes.find((node) => node.role === "input");
  for (let count = 0; count < 64; count += 1) wide.nodes.push({ ...input, id: wide.nodes.length });
  assert.equal(detailOf(createWalk(wide), null), "layers");
  assert.equal(detailOf(createWalk(wide), "neurons"), "neurons");
});

test("few operations are all open", () => {
  const walk = createWalk(DOCUMENTS.xor);
  const { open, follows } = openGroups(walk, { detail: "operations", toggled: {}, position: 0 });
  assert.equal(follows, false);
  assert.equal(open.length, walk.document.groups.length);
});

test("of several samples one is open, and opening another closes it", () => {
  const walk = createWalk(DOCUMENTS.default);
  const samples = walk.document.groups.filter((group) => group.kind === "sample").map((group) => group.id);
  const isOpen = (toggled) => samples.filter((id) => openGroups(walk, { detail: "neurons", toggled, position: 0 }).open.includes(id));
  assert.deepEqual(isOpen({}), [samples[0]]);
  const toggled = toggle(walk, toggle(walk, {}, samples[3], true), samples[5], true);
  assert.equal(chosenSample(walk.document.groups, toggled), samples[5]);
  assert.deepEqual(isOpen(toggled), [samples[5]]);
  assert.deepEqual(isOpen(toggle(walk, {}, samples[0], false)), []);
});

test("what is closed by hand stays closed", () => {
  const walk = createWalk(DOCUMENTS.xor);
  const layer = walk.document.groups.find((group) => group.kind === "layer").id;
  const { open } = openGroups(walk, { detail: "operations", toggled: { [layer]: false }, position: 0 });
  assert.ok(!open.includes(layer));
  assert.equal(walk.representative(walk.members.get(layer)[0], new Set(open)), `g${layer}`);
});
