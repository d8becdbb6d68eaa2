// @ts-check
/**
 * Which groups of a walk are open: by the level of detail, by hand, and, where all operations would be too many to read, by
 * the place the walk is at.
 */

export const DETAILS = ["layers", "neurons", "operations"];
export const MOST_INPUTS = 16; // each with a line to every neuron
export const MOST_NODES = 150; // more than this at once cannot be read: then only the neuron at work is open

const OPENED_BY = { layers: ["sample"], neurons: ["sample", "layer"], operations: ["sample", "parameters", "layer", "neuron", "loss", "penalty"] };

/** The level in force: an expression has nothing but operations; a net starts with its neurons, if their weights can be told apart. */
export function detailOf(walk, detail) {
  if (walk.document.kind === "expression") return "operations";
  return detail ?? (walk.document.groups.some((group) => inputsOf(walk, group) > MOST_INPUTS) ? "layers" : "neurons");
}

const inputsOf = (walk, { kind, id }) => (kind === "root" || kind === "sample" ? walk.document.nodes.filter(({ group, role }) => group === id && role === "input").length : 0);

/**
 * @param {any} walk  createWalk()
 * @param {{detail: string|null, toggled: Record<string, boolean>, position: number}} state  `toggled`: what was opened or closed by hand
 * @returns {{open: number[], route: number[], follows: boolean}}  `open` is drawn, `route` is what Step goes through
 */
export function openGroups(walk, { detail, toggled, position }) {
  const kinds = OPENED_BY[detailOf(walk, detail)];
  const { groups } = walk.document;
  const sample = chosenSample(groups, toggled);
  const inside = (group) => { // one sample is open, the others are rows
    for (let one = group; one; one = one.parent === null ? null : walk.group(one.parent)) if (one.kind === "sample" && one.id !== sample) return false;
    return true;
  };
  const byLevel = groups.filter((group) => group.kind === "root" || (kinds.includes(group.kind) && inside(group)));
  const byHand = (list) => {
    const ids = new Set(list.map((group) => group.id));
    for (const [id, isOpen] of Object.entries(toggled)) {
      if (!walk.group(Number(id))) continue;
      if (isOpen) ids.add(Number(id));
      else ids.delete(Number(id));
    }
    return [...ids].sort((one, other) => one - other);
  };
  const route = byHand(byLevel);
  const follows = shownNodes(walk, new Set(byLevel.map((group) => group.id))) > MOST_NODES;
  if (!follows) return { open: route, route, follows };
  const atWork = neuronsAtWork(walk, position);
  return { open: byHand(byLevel.filter((group) => group.kind !== "neuron" || atWork.has(group.id))), route, follows };
}

/** The sample that is open: the one chosen by hand, else the first. */
export function chosenSample(groups, toggled) {
  const samples = groups.filter((group) => group.kind === "sample");
  return (samples.find((group) => toggled[group.id]) ?? samples[0])?.id ?? null;
}

const shownNodes = (walk, open) => walk.document.nodes.filter((node) => walk.paths.get(node.id).every((id) => open.has(id))).length;

/** The neurons that the event of a position is in, and where their parameters are kept for several samples, those. */
function neuronsAtWork(walk, position) {
  const event = walk.event(position);
  const found = new Set();
  for (const id of [event.node, event.from]) {
    if (id === undefined) continue;
    for (const one of walk.paths.get(id)) if (walk.group(one).kind === "neuron") found.add(one);
  }
  const address = (group) => `${walk.group(group.parent)?.index} ${group.index}`;
  const addresses = new Set([...found].map((id) => address(walk.group(id))));
  for (const group of walk.document.groups) {
    if (group.kind === "neuron" && addresses.has(address(group)) && isParameters(walk, group)) found.add(group.id);
  }
  return found;
}

function isParameters(walk, group) {
  for (let one = group; one; one = one.parent === null ? null : walk.group(one.parent)) if (one.kind === "parameters") return true;
  return false;
}

/** What is open by hand after a group was opened or closed: of several samples one is open. */
export function toggle(walk, toggled, id, isOpen) {
  const next = { ...toggled, [id]: isOpen };
  if (isOpen && walk.group(id).kind === "sample") {
    for (const group of walk.document.groups) if (group.kind === "sample" && group.id !== id) delete next[group.id];
  }
  return next;
}
