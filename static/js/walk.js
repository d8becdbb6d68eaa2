// @ts-check
/**
 * A walk: the graph of one training step and the list of positions one goes through it by. Everything the page shows is a
 * pure function of the document and a position: to go back, to jump and to share a link need no memory of how one came there.
 *
 * A position's own event has happened in its state: at the last of the forward positions the loss has its value.
 */

/** @typedef {{phase: string, node?: number, from?: number, input?: number, sum?: number|null, nth?: number, of?: number, after?: number|null}} Position */

const isAtMost = (list, position) => {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] <= position) low = middle + 1;
    else high = middle;
  }
  return low; // how many are
};

/** @param {any} document  as POST /api/walks gives it */
export function createWalk(document) {
  const { nodes, groups, positions } = document;
  const node = new Map(nodes.map((one) => [one.id, one]));
  const group = new Map(groups.map((one) => [one.id, one]));
  const root = groups.find((one) => one.parent === null);

  // --- when what happens, by node ---
  const [forward, seed, update] = [new Map(), new Map(), new Map()];
  /** @type {Map<number, number[]>} */
  const arrivals = new Map(nodes.map((one) => [one.id, []]));
  const along = new Map(); // edge -> its backward position
  const last = { forward: 0, backward: 0 };
  positions.forEach((event, at) => {
    if (event.phase === "forward") forward.set(event.node, at);
    else if (event.phase === "seed") seed.set(event.node, at);
    else if (event.phase === "update") update.set(event.node, at);
    else if (event.phase === "backward") {
      arrivals.get(event.node)?.push(at);
      along.set(edgeKey(event.node, event.from, event.input), at);
    }
    if (event.phase === "forward") last.forward = at;
    if (event.phase === "backward" || event.phase === "seed") last.backward = at;
  });

  const edges = nodes.flatMap((one) => one.inputs.map((from, input) => ({
    key: edgeKey(from, one.id, input), from, to: one.id, input,
    forward: forward.get(one.id) ?? 0, backward: along.get(edgeKey(from, one.id, input)) ?? null,
  })));
  const uses = new Map(nodes.map((one) => [one.id, 0]));
  for (const { from } of edges) uses.set(from, uses.get(from) + 1);

  // --- numbers at a position ---
  const madeAt = (id) => forward.get(id) ?? 0;
  const hasValue = (id, position) => position >= madeAt(id);
  const valueAt = (id, position) => {
    if (!hasValue(id, position)) return null;
    return update.has(id) && position >= update.get(id) ? positions[update.get(id)].after : node.get(id).value;
  };
  /** The backward positions at which something has arrived at a node so far. */
  const arrived = (id, position) => arrivals.get(id).slice(0, isAtMost(arrivals.get(id), position));
  /** The gradient so far: a sum that is still growing where more is to come; null where nothing has arrived. */
  const gradAt = (id, position) => {
    if (seed.has(id) && position >= seed.get(id)) return positions[seed.get(id)].sum;
    const count = isAtMost(arrivals.get(id), position);
    return count ? positions[arrivals.get(id)[count - 1]].sum : null;
  };
  const takesGradient = (id) => node.get(id).grad !== null || seed.has(id) || arrivals.get(id).length > 0;
  const hasGradient = (id, position) => (seed.has(id) && position >= seed.get(id)) || isAtMost(arrivals.get(id), position) > 0;

  // --- groups ---
  const path = (id) => { // from the root down to the group a node is in
    const above = [];
    for (let one = group.get(node.get(id).group); one; one = one.parent === null ? undefined : group.get(one.parent)) above.unshift(one.id);
    return above;
  };
  const paths = new Map(nodes.map((one) => [one.id, path(one.id)]));
  /** What stands for a node on the screen: the outermost closed group it is in, else the node itself. The root is always open. */
  const representative = (id, open) => {
    const closed = paths.get(id).find((one) => one !== root?.id && !open.has(one));
    return closed === undefined ? `n${id}` : `g${closed}`;
  };
  const members = new Map(groups.map((one) => [one.id, []]));
  for (const [id, above] of paths) for (const one of above) members.get(one).push(id);

  /**
   * The positions that Step goes to: each event of a node that is shown; of a closed group only the last of each pass.
   * @param {Iterable<number>} openGroups
   * @returns {number[]} ascending
   */
  const stops = (openGroups) => {
    const open = new Set(openGroups);
    const found = new Set();
    const lastOf = new Map();
    positions.forEach((event, at) => {
      const shown = event.node === undefined ? null : representative(event.node, open);
      if (shown?.startsWith("g") && event.phase !== "seed") lastOf.set(`${event.phase} ${shown}`, at);
      else found.add(at);
    });
    for (const at of lastOf.values()) found.add(at);
    return [...found].sort((one, other) => one - other);
  };

  /** The node whose formula is at work: where a gradient flows back, the op it flows through. */
  const currentNode = (position) => {
    const event = positions[position];
    return event.phase === "backward" ? event.from : event.node ?? null;
  };

  return {
    document, root, edges, forward, loss: [...seed.keys()][0], update, arrivals, members, paths, uses,
    count: positions.length,
    lastForward: last.forward,
    lastBackward: last.backward,
    node: (id) => node.get(id),
    group: (id) => group.get(id),
    event: (position) => positions[position],
    madeAt, hasValue, valueAt, arrived, gradAt, hasGradient, takesGradient, representative, stops, currentNode,
    /** Where one goes to see a node at work: forward while the walk is there, its first gradient afterwards. */
    placeOf: (id, position) => (position > last.forward && arrivals.get(id).length ? arrivals.get(id)[0] : position > last.forward && seed.has(id) ? seed.get(id) : madeAt(id)),
    /** All numbers of a position, for comparing. */
    stateAt: (position) => ({
      phase: positions[position].phase,
      values: nodes.map((one) => valueAt(one.id, position)),
      gradients: nodes.map((one) => gradAt(one.id, position)),
      arrived: nodes.map((one) => arrived(one.id, position).length),
    }),
  };
}

/** An edge's name: from node, to node, which input of it. */
export const edgeKey = (from, to, input) => `${from}>${to}>${input}`;

/** The index of the stop one is at: the last that is not after the position. */
export const stopIndex = (stops, position) => Math.max(0, isAtMost(stops, position) - 1);

/** The next stop after or before a position; null at the ends. */
export function neighbourStop(stops, position, direction) {
  const count = isAtMost(stops, position);
  if (direction > 0) return stops[count] ?? null;
  const here = stops[count - 1] === position ? count - 1 : count;
  return stops[here - 1] ?? null;
}

/**
 * Whether two walks have the same nodes and positions, so that a place in one means the same in the other.
 * @param {any} one
 * @param {any} other
 */
export const sameShape = (one, other) => Boolean(one && other) && shapeOf(one) === shapeOf(other);
const shapeOf = ({ nodes, groups, positions }) =>
  JSON.stringify([nodes.map((node) => [node.name, node.op, node.inputs]), groups.map((group) => [group.kind, group.parent]), positions.map((event) => [event.phase, event.node, event.from])]);
