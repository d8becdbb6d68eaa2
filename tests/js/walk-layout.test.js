import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createWalk } from "../../static/js/walk.js";
import { openGroups } from "../../static/js/walk-detail.js";
import { pathThrough } from "../../static/js/walk-edges.js";
import { layoutWalk } from "../../static/js/walk-layout.js";
import { network, rational } from "./making-walks.js";

const recorded = (name) => JSON.parse(readFileSync(new URL(`fixtures/walk-${name}.json`, import.meta.url), "utf8"));
const WALKS = Object.fromEntries(Object.entries({ rational: recorded("rational"), twice: recorded("twice"), xor: recorded("xor"), default: recorded("default"), "by hand": rational(), "2-8-8-1": network([2, 8, 8, 1]) })
  .map(([name, document]) => [name, createWalk(document)]));
const DESK = { width: 1440, height: 330 };
const PHONE = { width: 390, height: 300, compact: true };

const inside = (one, other) => one.x >= other.x && one.y >= other.y && one.x + one.width <= other.x + other.width && one.y + one.height <= other.y + other.height;
const apart = (one, other) => one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y;

for (const [name, walk] of Object.entries(WALKS)) {
  const sets = [
    ...["layers", "neurons", "operations"].map((detail) => [detail, openGroups(walk, { detail, toggled: {}, position: Math.floor(walk.count / 3) }).open]),
    ["all open", walk.document.groups.map((group) => group.id)],
  ];
  for (const [level, open] of sets) {
    for (const [place, room] of Object.entries({ desk: DESK, phone: PHONE })) {
      const { boxes, edges, width, height } = layoutWalk(walk, open, room);
      const solid = [...boxes.values()].filter((box) => box.kind !== "open");

      test(`no box lies on another: ${name}, ${level}, ${place}`, () => {
        const sorted = [...solid].sort((one, other) => one.x - other.x);
        sorted.forEach((box, index) => {
          for (let next = index + 1; next < sorted.length && sorted[next].x < box.x + box.width; next += 1) assert.ok(apart(box, sorted[next]), `${box.key} on ${sorted[next].key}`);
        });
      });

      test(`what is in a group lies in its box, and all in the picture: ${name}, ${level}, ${place}`, () => {
        for (const box of boxes.values()) {
          const parent = box.kind === "node" ? walk.node(box.id).group : walk.group(box.id).parent;
          if (parent !== null) assert.ok(inside(box, boxes.get(`g${parent}`)), `${box.key} in g${parent}`);
          assert.ok(inside(box, { x: 0, y: 0, width, height }), box.key);
        }
      });

      test(`every edge between different boxes is drawn once, from a right side to a left side: ${name}, ${level}, ${place}`, () => {
        const expected = walk.edges.filter((edge) => walk.representative(edge.from, new Set(open)) !== walk.representative(edge.to, new Set(open)));
        assert.equal(edges.flatMap((edge) => edge.members).length, expected.length);
        for (const edge of edges) {
          const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
          const [[x0, y0], [x1, y1]] = [edge.points[0], edge.points[edge.points.length - 1]];
          assert.equal(x0, from.x + from.width);
          assert.equal(x1, to.x);
          assert.ok(y0 > from.y && y0 < from.y + from.height && y1 > to.y && y1 < to.y + to.height, edge.key);
        }
      });
    }
  }
}

test("edges end side by side", () => {
  const { edges } = layoutWalk(WALKS.rational, [0], DESK);
  for (const end of [(points) => points[0], (points) => points[points.length - 1]]) {
    const ends = edges.map((edge) => end(edge.points).join());
    assert.equal(new Set(ends).size, ends.length);
  }
});

test("a graph that fits fills the room, and one that does not keeps its size", () => {
  const wide = layoutWalk(WALKS.rational, [0], DESK);
  assert.equal(wide.width, DESK.width);
  const boxes = [...wide.boxes.values()].filter((box) => box.kind === "node");
  assert.ok(Math.max(...boxes.map((box) => box.x + box.width)) > 1290 && Math.min(...boxes.map((box) => box.x)) < 60);
  const narrow = layoutWalk(WALKS.rational, [0], { ...PHONE, smallest: 11 / 12 });
  assert.ok(narrow.width > PHONE.width);
  assert.equal(narrow.scale, 1);
});

test("what just does not fit is drawn a little smaller, never below the smallest", () => {
  const { height } = layoutWalk(WALKS.rational, [0], { width: 1440, height: 100 });
  const low = layoutWalk(WALKS.rational, [0], { width: 1440, height: Math.ceil(height * 0.95), smallest: 11 / 12 });
  assert.ok(low.scale < 1 && low.scale >= 11 / 12);
  assert.ok(low.height * low.scale <= Math.ceil(height * 0.95) + 1);
  assert.ok(Math.abs(low.width * low.scale - 1440) < 1);
});

test("a line goes round the boxes in its way where there is room", () => {
  const { edges, boxes } = layoutWalk(WALKS.xor, WALKS.xor.document.groups.map((group) => group.id), DESK);
  const solid = [...boxes.values()].filter((box) => box.kind === "node");
  let crossings = 0;
  for (const { points, from, to } of edges) {
    for (const [index, [x1, y1]] of points.entries()) {
      const [x0, y0] = points[index - 1] ?? [x1, y1];
      const level = y0 === y1 && x1 - x0 > 20; // passing a column
      if (level) crossings += solid.filter((box) => box.key !== from && box.key !== to && box.x < x1 && box.x + box.width > x0 && y0 > box.y && y0 < box.y + box.height).length;
    }
  }
  assert.equal(crossings, 0);
});

test("a path is level at its ends and goes back the same way", () => {
  assert.equal(pathThrough([[0, 10], [100, 50]]), "M0 10C50 10 50 50 100 50");
  assert.equal(pathThrough([[0, 10], [100, 50]], { down: 9, back: true }), "M100 59C50 59 50 19 0 19");
  assert.equal(pathThrough([[0, 10], [40, 30], [80, 30], [100, 20]], { shortEnd: 8 }).includes("L80 30"), true);
});

test("2-8-8-1 with every operation open (the time is said, not judged)", (context) => {
  const walk = WALKS["2-8-8-1"];
  const open = walk.document.groups.map((group) => group.id);
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    layoutWalk(walk, open, DESK);
    return performance.now() - start;
  });
  context.diagnostic(`${walk.document.nodes.length} nodes laid out in ${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)} ms`);
  assert.equal([...layoutWalk(walk, open, DESK).boxes.values()].filter((box) => box.kind === "node").length, walk.document.nodes.length);
});
