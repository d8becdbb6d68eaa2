// @ts-check
/**
 * Where the boxes of a walk's graph stand. Pure geometry in CSS pixels. Places within a group come with the document as columns
 * and rows; here they get widths and heights from the inside out: an open group is as large as what is in it, a closed one is
 * a box like a node. Gaps grow until the room is filled; what does not fit is scrolled, never shrunk.
 */
import { splitName } from "./walk-names.js";
import { routeEdges } from "./walk-edges.js";

export const ROW = 25;
export const HEAD = 24;
export const SIZES = {
  desk: { leaf: 118, op: 128, list: 216, gapX: [50, 200], inner: [54, 96], gapY: [12, 46], pad: 14, left: 28, right: 104, top: 6, bottom: 8 },
  compact: { leaf: 118, op: 122, list: 200, gapX: [44, 60], inner: [48, 54], gapY: [12, 22], pad: 10, left: 14, right: 84, top: 4, bottom: 8 },
};
export const MOST_LISTED = 5;
const SUMS = 134; // a sum that grows needs room for its dots
const CLOSEST = 0.55; // of a row's height, where rows that are not taken may be squeezed
const TITLE_CHARACTER = 9.5; // of serif italics at 17 px
const GLYPH_CHARACTER = 7.5;

/**
 * @typedef {{key: string, kind: "node"|"closed"|"open", id: number, x: number, y: number, width: number, height: number, depth: number}} Box
 * @typedef {{key: string, from: string, to: string, members: any[], points: [number, number][]}} Edge
 *
 * @param {any} walk  createWalk()
 * @param {Iterable<number>} openGroups
 * @param {{width: number, height: number, compact?: boolean, smallest?: number, glyphOf?: (node: any) => string}} room
 *   `smallest` is the scale below which nothing may be drawn
 * @returns {{width: number, height: number, scale: number, boxes: Map<string, Box>, edges: Edge[], seed: [number, number][]}}
 */
export function layoutWalk(walk, openGroups, { width, height, compact = false, smallest = 1, glyphOf = (node) => node.op ?? "" }) {
  const sizes = compact ? SIZES.compact : SIZES.desk;
  const open = new Set(openGroups);
  const children = childrenOf(walk);
  const measured = (stretchX, stretchY) => {
    const { tree } = measure(walk, children, open, walk.root, gapsOf(sizes, stretchX, stretchY), glyphOf, 0);
    return { tree, width: tree.width + sizes.left + sizes.right, height: tree.height + sizes.top + sizes.bottom };
  };

  // what only just does not fit is drawn a little smaller; then the largest gaps with which everything still fits
  const least = measured(0, 0);
  const fitting = [width / least.width, height / least.height].filter((share) => share < 1 && share >= smallest);
  const scale = Math.min(1, ...fitting);
  const room = { width: width / scale, height: height / scale };
  const { tree, ...size } = measured(largest((stretch) => measured(stretch, 0).width <= room.width), largest((stretch) => measured(0, stretch).height <= room.height));

  const total = { width: Math.max(room.width, size.width), height: Math.max(room.height, size.height) };
  const boxes = new Map();
  collect(tree, sizes.left + (total.width - size.width) / 2, sizes.top + (total.height - size.height) / 2, 0, boxes);
  const edges = routeEdges(shownEdges(walk, open), boxes);
  const loss = /** @type {Box} */ (boxes.get(walk.representative(walk.loss, open)));
  const middle = Math.round(loss.y + loss.height / 2) + 7;
  return { ...total, scale, boxes, edges, seed: [[loss.x + loss.width, middle], [loss.x + loss.width + sizes.right - 20, middle]] };
}

const gapsOf = (sizes, stretchX, stretchY) => {
  const between = ([low, high], share) => low + (high - low) * share;
  return {
    sizes, outer: between(sizes.gapX, stretchX), inner: between(sizes.inner, stretchX),
    rows: { gap: between(sizes.gapY, stretchY), share: between([CLOSEST, 1], Math.min(1, stretchY * 2)) }, innerRows: { gap: sizes.gapY[0], share: 1 }, pad: sizes.pad,
  };
};

/** By halving: the largest share from 0 to 1 that still holds. */
function largest(holds) {
  if (holds(1)) return 1;
  let [low, high] = [0, 1];
  for (let round = 0; round < 7; round += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** What stands directly in each group. */
function childrenOf({ document }) {
  const found = new Map(document.groups.map((group) => [group.id, []]));
  for (const group of document.groups) if (group.parent !== null) found.get(group.parent).push({ group, place: group.place });
  for (const node of document.nodes) found.get(node.group).push({ node, place: node.place });
  return found;
}

// --- sizes, from the inside out ---

function measure(walk, children, open, group, gaps, glyphOf, depth) {
  const outer = depth === 0;
  const parts = children.get(group.id).map(({ node, group: inside, place }) => {
    if (node) return { key: `n${node.id}`, kind: "node", id: node.id, place, ...nodeSize(walk, node, gaps.sizes, glyphOf) };
    if (!open.has(inside.id)) return { key: `g${inside.id}`, kind: "closed", id: inside.id, place, ...closedSize(inside, gaps.sizes) };
    return { ...measure(walk, children, open, inside, gaps, glyphOf, depth + 1).tree, place };
  });
  const size = arrange(parts, outer ? gaps.outer : gaps.inner, outer ? gaps.rows : gaps.innerRows);
  const [side, top] = outer ? [0, 0] : [gaps.pad, HEAD + gaps.pad];
  for (const part of parts) Object.assign(part, { x: part.x + side, y: part.y + top });
  return { tree: { key: `g${group.id}`, kind: "open", id: group.id, parts, x: 0, y: 0, width: size.width + 2 * side, height: size.height + top + (outer ? 0 : gaps.pad) } };
}

function nodeSize(walk, node, sizes, glyphOf) {
  const [letters, subscript] = splitName(node.name);
  const glyph = node.op ? glyphOf(node) : "";
  const title = letters.length * TITLE_CHARACTER + subscript.length * 7 + glyph.length * GLYPH_CHARACTER + 30;
  const sums = walk.arrivals.get(node.id).length > 1 ? SUMS : 0;
  return { width: Math.round(Math.max(node.op ? sizes.op : sizes.leaf, title, sums)), height: HEAD + 2 * ROW };
}

function closedSize(group, sizes) {
  if (group.kind === "layer" && group.outputs.length) {
    const rows = Math.min(group.outputs.length, MOST_LISTED) + (group.outputs.length > MOST_LISTED ? 1 : 0);
    return { width: sizes.list, height: HEAD + rows * ROW };
  }
  const rows = { sample: 1, parameters: 1, layer: 1 }[group.kind] ?? (group.outputs.length ? 2 : 1);
  return { width: sizes.op + 16, height: HEAD + rows * ROW };
}

/**
 * Places parts by column and row: columns side by side as wide as their widest part, in each column the parts as near to
 * their rows as they can be without touching.
 */
function arrange(parts, gapX, { gap, share }) {
  if (!parts.length) return { width: 80, height: ROW };
  const columns = new Map();
  for (const part of parts) {
    const column = Math.round(part.place[0] * 4) / 4;
    if (!columns.has(column)) columns.set(column, []);
    columns.get(column).push(part);
  }
  const heights = parts.map((part) => part.height).sort((one, other) => one - other);
  const unit = (heights[heights.length >> 1] + gap) * share;
  let x = 0;
  for (const column of [...columns.keys()].sort((one, other) => one - other)) {
    const own = columns.get(column).sort((one, other) => one.place[1] - other.place[1]);
    const width = Math.max(...own.map((part) => part.width));
    spread(own, unit, gap);
    for (const part of own) part.x = x + (width - part.width) / 2;
    x += width + gapX;
  }
  const top = Math.min(...parts.map((part) => part.y));
  for (const part of parts) Object.assign(part, { x: Math.round(part.x), y: Math.round(part.y - top) });
  return { width: Math.max(...parts.map((part) => part.x + part.width)), height: Math.max(...parts.map((part) => part.y + part.height)) };
}

/**
 * The least squares way of standing in line: middles as near as possible to row times unit, the given gap at least between
 * neighbours (pool adjacent violators).
 */
function spread(parts, unit, gap) {
  /** @type {{sum: number, count: number}[]} */
  const blocks = [];
  let offset = 0;
  const offsets = parts.map((part, index) => {
    if (index) offset += (parts[index - 1].height + part.height) / 2 + gap;
    return offset;
  });
  parts.forEach((part, index) => {
    let block = { sum: part.place[1] * unit - offsets[index], count: 1 };
    while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].count > block.sum / block.count) {
      const before = /** @type {{sum: number, count: number}} */ (blocks.pop());
      block = { sum: before.sum + block.sum, count: before.count + block.count };
    }
    blocks.push(block);
  });
  let index = 0;
  for (const { sum, count } of blocks) {
    for (let rest = count; rest > 0; rest -= 1, index += 1) parts[index].y = sum / count + offsets[index] - parts[index].height / 2;
  }
}

/** Absolute places, outside in: a parent comes before what is in it. */
function collect(tree, x, y, depth, boxes) {
  const { key, kind, id, width, height } = tree;
  boxes.set(key, { key, kind, id, x: Math.round(x), y: Math.round(y), width, height, depth });
  for (const part of tree.parts ?? []) collect(part, Math.round(x) + part.x, Math.round(y) + part.y, depth + 1, boxes);
}

// --- edges between what is shown ---

/**
 * Between two nodes every edge is drawn; where an end is a closed group, one stands for all of them. What goes from the
 * parameters to a closed sample is one line from all of them, however many are on the screen.
 */
function shownEdges(walk, open) {
  const found = new Map();
  const shown = new Map(walk.document.nodes.map((node) => [node.id, walk.representative(node.id, open)]));
  const isSample = (key) => key.startsWith("g") && walk.group(Number(key.slice(1))).kind === "sample";
  for (const edge of walk.edges) {
    let [from, to] = [shown.get(edge.from), shown.get(edge.to)];
    if (from === to) continue;
    const shared = isSample(to) && walk.paths.get(edge.from).find((id) => walk.group(id).kind === "parameters");
    if (shared) from = `g${shared}`;
    const key = from.startsWith("n") && to.startsWith("n") ? edge.key : `${from}>${to}`;
    if (!found.has(key)) found.set(key, { key, from, to, members: [] });
    found.get(key).members.push(edge);
  }
  return [...found.values()];
}
