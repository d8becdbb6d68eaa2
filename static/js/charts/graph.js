// @ts-check
/**
 * The graph of a walk: boxes and lines that stay while the walk moves on, and travel to their new places when a group is
 * opened, closed or the room changes.
 */
import { arrange, h, s, setAttribute } from "../dom.js";
import { createBox } from "./graph-boxes.js";
import { createLine, createSeed } from "./graph-lines.js";

const TRAVEL = 320; // ms
const CROWD = 60; // of so many lines only those at work are drawn in full

/** The curve of all opening and closing, cubic-bezier(.2, 0, 0, 1). */
function ease(share) {
  let t = share;
  for (let round = 0; round < 5; round += 1) {
    const x = 3 * t * (1 - t) * (1 - t) * 0.2 + t * t * t;
    const slope = 0.6 * (1 - t) * (1 - 3 * t) + 3 * t * t;
    t -= (x - share) / (slope || 1);
  }
  return 3 * t * t * (1 - t) + t * t * t;
}

const mix = (one, other, share) => one + (other - one) * share;

/** @param {any} words  {t, groupName(group), groupPath(group)} */
export function createGraph(words) {
  const frames = h("div", { class: "gframes" });
  const lines = s("g", {});
  const seed = createSeed(words.t("walk.graph.seed"));
  const svg = s("svg", { class: "glines", "aria-hidden": "true" }, lines, seed.element);
  const nodes = h("div", { class: "gboxes" });
  const stage = h("div", { class: "gstage" }, frames, svg, nodes);
  /** @type {any} */
  let walk = null;
  /** @type {any} */
  let layout = null;
  const boxes = new Map(); // key and kind -> {element, head, update, box, shown}
  const edges = new Map();
  let travel = 0;

  const boxKey = (box) => `${box.key} ${box.kind}`;

  /**
   * Puts a layout on the stage. What was there travels; what is new comes out of the box it was in.
   * @param {any} nextWalk
   * @param {any} nextLayout
   * @param {boolean} moving
   */
  function place(nextWalk, nextLayout, moving) {
    const isOther = nextWalk.document.nodes !== walk?.document.nodes;
    const before = new Map([...boxes.values()].map(({ box, shown }) => [box.key, shown]));
    if (isOther) {
      for (const { element } of boxes.values()) element.remove();
      for (const { element } of edges.values()) element.remove();
      boxes.clear();
      edges.clear();
    }
    [walk, layout] = [nextWalk, nextLayout];
    sync(boxes, [...layout.boxes.values()].filter((box) => box.depth > 0), boxKey, (box) => createBox(words, walk, box));
    sync(edges, layout.edges, (edge) => `${edge.key} ${edge.members.length}`, createLine);
    const drawn = [...boxes.values()];
    arrange(frames, drawn.filter(({ box }) => box.kind === "open").map(({ element }) => element));
    arrange(nodes, drawn.filter(({ box }) => box.kind !== "open").map(({ element }) => element));
    arrange(lines, [...edges.values()].map(({ element }) => element));
    stage.style.width = `${layout.width}px`;
    stage.style.height = `${layout.height}px`;
    setAttribute(svg, "width", layout.width);
    setAttribute(svg, "height", layout.height);
    setAttribute(svg, "data-crowded", layout.edges.length > CROWD);
    seed.place(layout.seed);
    go(before, moving && before.size > 0 && !isOther);
  }

  function sync(map, wanted, keyOf, create) {
    const keys = new Set(wanted.map(keyOf));
    for (const [key, { element }] of map) {
      if (keys.has(key)) continue;
      element.remove();
      map.delete(key);
    }
    for (const one of wanted) {
      const key = keyOf(one);
      const known = map.get(key);
      if (known) Object.assign(known, known.edge ? { edge: one } : { box: one });
      else map.set(key, { ...create(one), ...(one.points ? { edge: one } : { box: one }) });
    }
  }

  function go(before, moving) {
    cancelAnimationFrame(travel);
    const moves = [...boxes.values()].map((drawn) => {
      const { box } = drawn;
      const from = before.get(box.key) ?? originOf(box, before);
      return { drawn, from: from ?? box, isNew: !before.has(box.key) };
    });
    const routes = [...edges.values()].map((line) => ({ line, from: line.points?.length === line.edge.points.length ? line.points : null }));
    const set = (share) => {
      for (const { drawn, from, isNew } of moves) {
        const { box, element } = drawn;
        drawn.shown = { x: mix(from.x, box.x, share), y: mix(from.y, box.y, share), width: isNew ? box.width : mix(from.width, box.width, share), height: isNew ? box.height : mix(from.height, box.height, share) };
        element.style.transform = `translate(${drawn.shown.x}px, ${drawn.shown.y}px)`;
        element.style.width = `${drawn.shown.width}px`;
        element.style.height = `${drawn.shown.height}px`;
        element.style.opacity = isNew && share < 1 ? String(share) : "";
      }
      for (const { line, from } of routes) {
        const { points } = line.edge;
        line.points = from && share < 1 ? points.map(([x, y], index) => [mix(from[index][0], x, share), mix(from[index][1], y, share)]) : points;
        line.place(line.points);
        line.element.style.opacity = !from && share < 1 ? String(share) : "";
      }
    };
    if (!moving) return set(1);
    const start = performance.now();
    const frame = (now) => {
      const share = Math.min(1, Math.max(0, (now - start) / TRAVEL));
      set(share < 1 ? ease(share) : 1);
      if (share < 1) travel = requestAnimationFrame(frame);
    };
    set(0);
    travel = requestAnimationFrame(frame);
    return undefined;
  }

  /** Where a new box comes from: the nearest group round it that was on the screen. */
  function originOf(box, before) {
    const id = box.kind === "node" ? walk.node(box.id).group : walk.group(box.id).parent;
    for (let group = walk.group(id); group; group = group.parent === null ? null : walk.group(group.parent)) {
      const old = before.get(`g${group.id}`);
      if (old) return { ...box, x: old.x + (old.width - box.width) / 2, y: old.y + (old.height - box.height) / 2 };
    }
    return null;
  }

  return {
    stage,
    place,
    /** Writes a position's numbers and marks. @param {any} view */
    update(view) {
      for (const drawn of boxes.values()) drawn.update(view);
      for (const line of edges.values()) line.update(view);
      seed.update(walk.hasGradient(walk.loss, view.position), view.animation);
    },
    layout: () => layout,
    head: (key) => [...boxes.values()].find(({ box }) => box.key === key)?.head ?? null,
    heads: () => [...boxes.values()].map(({ head, box }) => ({ head, box })),
  };
}
