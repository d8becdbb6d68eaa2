// @ts-check
/**
 * How the edges of a walk's graph run: out of a box's right side into another's left side, side by side at both ends, as a
 * curve that is level at its ends; round the boxes that stand in its way, through the gap that is nearest.
 */

export const PAIR = 9; // the gradient flows back this far below the value's line
const APART = { out: 18, into: 30 };
const CLEAR = 9; // between a line and a box it passes
const TURN = 9; // beside a column that is passed
const TITLE = { width: 110, height: 24 }; // of an open group, which no line may cross
const MOST_ROUTED = 700; // more lines than this are a texture, not paths to be followed
const ROUNDS = 4;

/**
 * @param {{key: string, from: string, to: string, members: any[]}[]} edges
 * @param {Map<string, any>} boxes
 */
export function routeEdges(edges, boxes) {
  const middle = (key) => boxes.get(key).y + boxes.get(key).height / 2;
  const straight = ports(edges, boxes, (edge) => [middle(edge.to), middle(edge.from)]);
  if (edges.length > MOST_ROUTED) return edges.map((edge) => ({ ...edge, points: [straight.get(edge.key).start, straight.get(edge.key).end] }));
  const first = routed(edges, boxes, straight);
  if (![...first.values()].some((points) => points.length > 2)) return edges.map((edge) => ({ ...edge, points: first.get(edge.key) }));
  // which port is nearest depends on the way round: once more, by the ways found
  const second = routed(edges, boxes, ports(edges, boxes, ({ key }) => [first.get(key)[1][1], first.get(key)[first.get(key).length - 2][1]]));
  return edges.map((edge) => ({ ...edge, points: second.get(edge.key) }));
}

function routed(edges, boxes, ends) {
  const solid = [...boxes.values()].map((box) => (box.kind === "open" ? { ...box, width: Math.min(box.width, TITLE.width), height: TITLE.height } : box)).filter((box) => box.depth > 0);
  const lanes = [];
  return new Map(edges.map((edge) => {
    const { start, end } = ends.get(edge.key);
    const between = solid.filter((box) => box.key !== edge.from && box.key !== edge.to && box.x < end[0] && box.x + box.width > start[0]);
    return [edge.key, route(start, end, between, lanes)];
  }));
}

/** Where each edge leaves and arrives: sorted by where it goes next and comes from last, so that neighbours do not cross at once. */
function ports(edges, boxes, heights) {
  const [out, into] = [new Map(), new Map()];
  const add = (map, key, edge) => (map.has(key) ? map.get(key).push(edge) : map.set(key, [edge]));
  for (const edge of edges) {
    const [next, last] = heights(edge);
    add(out, edge.from, { key: edge.key, by: next, input: edge.members[0].input });
    add(into, edge.to, { key: edge.key, by: last, input: edge.members[0].input });
  }
  const found = new Map(edges.map((edge) => [edge.key, {}]));
  const place = (list, box, apart, put) => {
    list.sort((one, two) => one.by - two.by || one.input - two.input);
    const spacing = Math.min(apart, (box.height - 20) / list.length);
    list.forEach(({ key }, index) => put(found.get(key), Math.round(box.y + box.height / 2 - PAIR / 2 + 2 + (index - (list.length - 1) / 2) * spacing)));
  };
  for (const [key, list] of out) place(list, boxes.get(key), APART.out, (ends, y) => { ends.start = [boxes.get(key).x + boxes.get(key).width, y]; });
  for (const [key, list] of into) place(list, boxes.get(key), APART.into, (ends, y) => { ends.end = [boxes.get(key).x, y]; });
  return found;
}

function route(start, end, boxes, lanes) {
  /** @type {[number, number][]} */
  let points = [start, end];
  for (let round = 0; round < ROUNDS; round += 1) {
    const hit = boxes.find((box) => crosses(points, box));
    if (!hit) break;
    const column = boxes.filter((box) => box.x < hit.x + hit.width && box.x + box.width > hit.x);
    const [left, right] = [Math.min(...column.map((box) => box.x)) - TURN, Math.max(...column.map((box) => box.x + box.width)) + TURN];
    if (left <= start[0] + TURN || right >= end[0] - TURN) break; // no room to turn
    const y = freeHeight(heightAt(points, (left + right) / 2), column, lanes.filter((lane) => lane.left < right && lane.right > left));
    lanes.push({ left, right, y });
    points = /** @type {[number, number][]} */ ([...points.filter(([x]) => x < left), [left, y], [right, y], ...points.filter(([x]) => x > right)]);
  }
  return points;
}

/** The height nearest to a wanted one at which a pair of lines passes all boxes of a column, and the lines there already. */
function freeHeight(wanted, boxes, lanes) {
  const blocked = [
    ...boxes.map((box) => [box.y - CLEAR - PAIR, box.y + box.height + CLEAR]),
    ...lanes.map((lane) => [lane.y - PAIR - 6, lane.y + PAIR + 6]),
  ];
  const free = (y) => blocked.every(([low, high]) => y <= low || y >= high);
  if (free(wanted)) return Math.round(wanted);
  const candidates = blocked.flat().filter(free);
  return Math.round(candidates.reduce((best, y) => (Math.abs(y - wanted) < Math.abs(best - wanted) ? y : best), candidates[0] ?? wanted));
}

const SAMPLES = 6; // per box a curve passes

function crosses(points, box) {
  for (let step = 0; step <= SAMPLES; step += 1) {
    const x = box.x + (box.width * step) / SAMPLES;
    if (x <= points[0][0] || x >= points[points.length - 1][0]) continue;
    const y = heightAt(points, x);
    if (y > box.y - PAIR - 2 && y < box.y + box.height + 2) return true;
  }
  return false;
}

/** The height of the curve at an x. Its pieces are cubics with level ends half-way apart, whose x is not linear in t. */
function heightAt(points, x) {
  const at = Math.max(1, points.findIndex((point) => point[0] >= x));
  const [[x0, y0], [x1, y1]] = [points[at - 1], points[at]];
  const share = (x - x0) / (x1 - x0 || 1);
  let t = share;
  for (let round = 0; round < 4; round += 1) t -= (curveX(t) - share) / (1.5 * (1 - 2 * t + 2 * t * t) || 1);
  return y0 + (y1 - y0) * t * t * (3 - 2 * t);
}
const curveX = (t) => 1.5 * t * (1 - t) * (1 - t) + 1.5 * t * t * (1 - t) + t * t * t; // controls at a half

/**
 * The path through points; `down` shifts all of it, `from` and `to` cut its ends, for arrowheads.
 * @param {[number, number][]} points
 * @param {{down?: number, shortStart?: number, shortEnd?: number, back?: boolean}} [options]
 */
export function pathThrough(points, { down = 0, shortStart = 0, shortEnd = 0, back = false } = {}) {
  const own = points.map(([x, y], index) => [x + (index === 0 ? shortStart : index === points.length - 1 ? -shortEnd : 0), y + down]);
  if (back) own.reverse();
  let text = `M${own[0][0]} ${own[0][1]}`;
  for (let index = 1; index < own.length; index += 1) {
    const [[x0, y0], [x1, y1]] = [own[index - 1], own[index]];
    const bend = Math.abs(x1 - x0) < 24 && y0 !== y1 ? 24 * Math.sign(x1 - x0 || 1) : (x1 - x0) / 2;
    text += y0 === y1 ? `L${x1} ${y1}` : `C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
  }
  return text;
}
