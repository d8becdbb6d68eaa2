/** Walks made by hand, for tests that want a certain shape: documents as the server sends them, computed by a few lines here. */

const OPS = {
  add: [(x, y) => x + y, () => 1, () => 1],
  sub: [(x, y) => x - y, () => 1, () => -1],
  mul: [(x, y) => x * y, (x, y) => y, (x) => x],
  div: [(x, y) => x / y, (x, y) => 1 / y, (x, y) => -x / (y * y)],
  tanh: [(x) => Math.tanh(x), (x) => 1 - Math.tanh(x) ** 2],
  square: [(x) => x * x, (x) => 2 * x],
};

/**
 * @param {[string, string|number, ...any][]} lines  [name, role, value, place, group] or [name, op, [input names], place, group]; the last is the loss
 * @param {any[]} [groups]
 * @param {any} [source]
 */
export function makeWalk(lines, groups = [], source = { expression: "by hand" }) {
  const ids = new Map(lines.map(([name], id) => [name, id]));
  const nodes = lines.map(([name, kind, given, place = [0, 0], group = 0], id) => {
    const isOp = kind in OPS;
    return { id, name, element: null, role: isOp ? "op" : kind, op: isOp ? kind : null, formula: isOp ? kind : null, constants: {}, inputs: isOp ? given.map((input) => ids.get(input)) : [], value: isOp ? null : given, grad: null, locals: [], group, place };
  });
  const positions = [{ phase: "inputs" }];
  for (const node of nodes.filter((one) => one.op)) {
    const values = node.inputs.map((input) => nodes[input].value);
    node.value = OPS[node.op][0](...values);
    node.locals = OPS[node.op].slice(1).map((local) => local(...values));
    positions.push({ phase: "forward", node: node.id });
  }
  const takes = (node) => node.role !== "constant" && node.role !== "target";
  const loss = nodes.length - 1;
  positions.push({ phase: "seed", node: loss, sum: 1 });
  nodes[loss].grad = 1;
  const total = nodes.map((node) => nodes.flatMap((user) => (user.op ? user.inputs : [])).filter((input) => input === node.id).length);
  const seen = nodes.map(() => 0);
  for (const node of [...nodes].reverse()) {
    node.inputs.forEach((input, index) => {
      const target = nodes[input];
      if (!takes(target) || node.grad === null) return;
      const contribution = node.grad * node.locals[index];
      target.grad = (target.grad ?? 0) + contribution;
      seen[input] += 1;
      positions.push({ phase: "backward", node: input, from: node.id, input: index, upstream: node.grad, local: node.locals[index], contribution, sum: target.grad, nth: seen[input], of: total[input] });
    });
  }
  positions.push({ phase: "gradients" });
  for (const node of nodes.filter((one) => one.role === "parameter")) {
    const after = node.value - 0.03 * node.grad;
    positions.push({ phase: "update", node: node.id, terms: [{ name: "gradient", value: node.grad }, { name: "update", value: -0.03 * node.grad }], before: node.value, after });
  }
  positions.push({ phase: "next", loss: nodes[loss].value });
  const root = { id: 0, kind: "root", parent: null, index: 0, place: [0, 0], outputs: [loss], activation: null };
  return { source, kind: groups.length ? "network" : "expression", step: 0, loss: nodes[loss].value, seed: 1, nodes, groups: [root, ...groups], positions, formulas: {}, update: { optimizer: "sgd", learning_rate: 0.03, settings: {}, formulas: {}, state: [] } };
}

/** ((w*x + b) / (1 + x) - t)**2: x is used twice. */
export const rational = () => makeWalk([
  ["w", "parameter", 3, [0, 0]], ["x", "parameter", 2, [0, 1]], ["b", "parameter", -1, [0, 2]], ["1", "constant", 1, [1, 2]], ["t", "target", 1, [3, 2]],
  ["m", "mul", ["w", "x"], [1, 0.5]], ["z", "add", ["m", "b"], [2, 0.7]], ["d", "add", ["1", "x"], [2, 1.8]], ["y", "div", ["z", "d"], [3, 1.1]],
  ["e", "sub", ["y", "t"], [4, 1.5]], ["L", "square", ["e"], [5, 1.5]],
]);

const group = (id, kind, parent, index, place, outputs = [], activation = null) => ({ id, kind, parent, index, place, outputs, activation });

/** A net of dense tanh layers on one sample, all its operations as nodes. @param {number[]} sizes  inputs first */
export function network(sizes) {
  const lines = [];
  const groups = [group(1, "sample", 0, 0, [0, 0])];
  let before = Array.from({ length: sizes[0] }, (_, at) => {
    lines.push([`x_${at + 1}`, "input", Math.sin(at + 1), [0, at], 1]);
    return `x_${at + 1}`;
  });
  sizes.slice(1).forEach((units, layer) => {
    const inside = groups.length + 1;
    const outputs = [];
    groups.push(group(inside, "layer", 1, layer, [layer + 1, 0], [], "tanh"));
    for (let unit = 0; unit < units; unit += 1) {
      const own = groups.length + 1;
      const name = (letter, at = "") => `${letter}${layer}.${unit}.${at}`;
      before.forEach((input, at) => {
        lines.push([name("w", at), "parameter", Math.sin(layer + 3 * unit + 7 * at), [0, at], own]);
        lines.push([name("p", at), "mul", [input, name("w", at)], [1, at], own]);
        if (at) lines.push([name("s", at), "add", [at > 1 ? name("s", at - 1) : name("p", 0), name("p", at)], [1 + at, at], own]);
      });
      const sum = before.length > 1 ? name("s", before.length - 1) : name("p", 0);
      lines.push([name("b"), "parameter", 0.1, [before.length, before.length], own]);
      lines.push([name("z"), "add", [sum, name("b")], [before.length + 1, 1], own]);
      lines.push([name("a"), "tanh", [name("z")], [before.length + 2, 1], own]);
      groups.push(group(own, "neuron", inside, unit, [0, unit], [lines.length - 1], "tanh"));
      outputs.push(name("a"));
    }
    groups[inside - 1].outputs = outputs.map((output) => lines.findIndex(([line]) => line === output));
    before = outputs;
  });
  const losses = groups.length + 1;
  groups.push(group(losses, "loss", 1, 0, [sizes.length, 0]));
  lines.push(["y", "target", 1, [0, 1], losses], ["e", "sub", [before[0], "y"], [1, 0], losses], ["L", "square", ["e"], [2, 0], losses]);
  return makeWalk(lines, groups);
}
