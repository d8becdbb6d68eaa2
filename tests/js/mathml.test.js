import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { asFactor, derivative, fillSlots, isSum, m, number, operator, parseFormula, plainText, row, shortNumber, symbol } from "../../static/js/mathml.js";
import { createWalk } from "../../static/js/walk.js";
import { createFormulas, strongestPath, termsAt } from "../../static/js/walk-formulas.js";
import { rational } from "./making-walks.js";

const recorded = (name) => JSON.parse(readFileSync(new URL(`fixtures/walk-${name}.json`, import.meta.url), "utf8"));
const NAMES = ["rational", "twice", "xor", "default"];

test("a formula is read into a tree, and only a formula is", () => {
  const tree = parseFormula('<math><mrow><mrow data-slot="z"><mi>z</mi></mrow><mo>=</mo><mfrac><mn>1</mn><mi>d</mi></mfrac><mo>&lt;</mo><mspace/></mrow></math>');
  assert.equal(plainText(tree), "z=(1)/(d)<");
  assert.equal(tree.children[0].children[0].attributes["data-slot"], "z");
  for (const bad of ["<math><script>x</script></math>", "<math><mrow></math>", "<math><mrow>", '<math><a href="x">1</a></math>']) assert.throws(() => parseFormula(bad));
});

test("attributes that are not part of a formula are left behind", () => {
  const tree = parseFormula('<math onclick="x()"><mrow style="color: red" class="y" data-slot="x"><mi>x</mi></mrow></math>');
  assert.deepEqual([tree.attributes, tree.children[0].attributes], [{}, { "data-slot": "x" }]);
});

test("names bear their index", () => {
  assert.equal(plainText(symbol("w")), "w");
  assert.equal(plainText(symbol("x_1")), "x_1");
  assert.equal(plainText(symbol("v12")), "v_12");
  assert.equal(plainText(symbol("-1")), "−1");
  assert.equal(symbol("loss").attributes.class, "word");
});

test("numbers have four decimals, a true minus, and powers of ten where decimals would say nothing", () => {
  assert.equal(plainText(number(1.66666)), "1.6667");
  assert.equal(plainText(number(-0.5)), "−0.5000");
  assert.equal(plainText(number(0)), "0.0000");
  assert.equal(plainText(number(0.0000123)), "1.23×10^−5");
  assert.equal(plainText(number(-123456)), "−1.23×10^5");
  assert.equal(plainText(number(null)).trim(), "–");
  assert.equal(plainText(shortNumber(2)), "2");
  assert.equal(plainText(shortNumber(-0.01)), "−0.01");
});

test("a negative number stands in parentheses after an operator and under an exponent, not at the start or alone in a fraction", () => {
  const fill = (value) => () => ({ content: number(value, 1) });
  const slot = m("mrow", { "data-slot": "x" }, m("mi", {}, "x"));
  assert.equal(plainText(fillSlots(row(slot, operator("·"), slot), fill(-2))), "−2.0·(−2.0)");
  assert.equal(plainText(fillSlots(m("msup", {}, slot, m("mn", {}, "2")), fill(-2))), "(−2.0)^2");
  assert.equal(plainText(fillSlots(m("msup", {}, row(slot), m("mn", {}, "2")), fill(-2))), "(−2.0)^2");
  assert.equal(plainText(fillSlots(m("mfrac", {}, row(operator("−"), slot), slot), fill(-2))), "(−(−2.0))/(−2.0)");
  assert.equal(plainText(fillSlots(row(m("mi", {}, "tanh"), operator("("), slot, operator(")")), fill(-2))), "tanh(−2.0)");
  assert.equal(plainText(fillSlots(row(m("mi", {}, "a"), operator("+"), row(slot, operator("·"), slot)), fill(-2))), "a+(−2.0)·(−2.0)");
  assert.equal(plainText(fillSlots(m("msup", {}, slot, m("mn", {}, "2")), fill(1e-7))), "(1.00×10^−7)^2");
});

test("a sum is put in parentheses where it becomes a factor", () => {
  const sum = row(m("mn", {}, "1"), operator("−"), m("mi", {}, "x"));
  assert.equal(plainText(asFactor(sum)), "(1−x)");
  assert.equal(isSum(derivative(symbol("L"), symbol("x"))), false);
  assert.equal(isSum(row(operator("("), ...sum.children, operator(")"))), false);
});

/** The number that a formula with numbers put in comes to; of "a = b = 1" what is last. */
function computed(tree) {
  const text = plainText(tree).replace(/.*=/, "").replaceAll("\u2061", "").replace(/[·×]/g, "*").replace(/\u2212/g, "-").replaceAll("^", "**").replaceAll("tanh", "Math.tanh");
  assert.match(text, /^[-+*/().\d\sMathn]+$/, text);
  return new Function(`return ${text}`)(); // a minus without parentheses before ** would not even be read
}

const isNear = (found, expected, what) => assert.ok(Math.abs(found - expected) <= 2e-3 * Math.max(1, Math.abs(expected)), `${what}: ${found} instead of ${expected}`);

for (const name of NAMES) {
  test(`every formula of the recorded walk comes to the engine's number: ${name}`, () => {
    const walk = createWalk(recorded(name));
    const formulas = createFormulas(walk);
    let compared = 0;
    for (const node of walk.document.nodes.filter((one) => one.op)) {
      const value = formulas.value(node);
      assert.equal(value.length, 3);
      isNear(computed(value[1]), node.value, `${name}: value of ${node.name}`);
      assert.equal(plainText(value[2]), `=${plainText(number(node.value))}`);
      node.inputs.forEach((_, input) => {
        const local = formulas.local(node, input);
        isNear(computed(local[local.length - 1]), node.locals[input], `${name}: ${node.name} by input ${input}`);
        compared += 1;
      });
    }
    assert.ok(compared > 5);
  });

  test(`every gradient's formula comes to what arrives: ${name}`, () => {
    const walk = createWalk(recorded(name));
    const formulas = createFormulas(walk);
    for (const event of walk.document.positions.filter((one) => one.phase === "backward")) {
      const parts = formulas.gradient(walk.node(event.from), event.input, { upstream: event.upstream, adds: event.of > 1, hidesLocal: false, known: true });
      isNear(computed(parts[parts.length - 1]), event.contribution, `${name}: into ${event.node}`);
    }
  });
}

test("formulas hold for negative numbers as well", () => {
  const random = ((seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647)(7);
  const { formulas: known } = recorded("rational");
  for (let round = 0; round < 200; round += 1) {
    const document = rational();
    const redone = { ...document, formulas: { ...known, square: known[Object.keys(known).find((key) => key.startsWith("power"))] } };
    for (const node of redone.nodes) {
      if (!node.op) node.value = random() * 6 - 3;
      else {
        const [x, y] = node.inputs.map((id) => redone.nodes[id].value);
        node.value = { add: x + y, sub: x - y, mul: x * y, div: x / y, square: x * x }[node.op];
        node.locals = { add: [1, 1], sub: [1, -1], mul: [y, x], div: [1 / y, -x / (y * y)], square: [2 * x] }[node.op];
      }
    }
    if (Math.abs(redone.nodes.find((node) => node.name === "d").value) < 0.5) continue;
    const walk = createWalk(redone);
    const formulas = createFormulas(walk);
    for (const node of redone.nodes.filter((one) => one.op)) {
      isNear(computed(formulas.value(node)[1]), node.value, node.name);
      node.inputs.forEach((_, input) => {
        const parts = formulas.local(node, input);
        isNear(computed(parts[parts.length - 1]), node.locals[input], node.name);
      });
    }
  }
});

test("what is asked for is not in the formula, and what adds is written so", () => {
  const walk = createWalk(recorded("rational"));
  const formulas = createFormulas(walk);
  const y = walk.document.nodes.find((node) => node.name === "y");
  const parts = formulas.gradient(y, 1, { upstream: 1.3333, adds: false, hidesLocal: true, known: false });
  assert.equal(parts.map(plainText).join("").includes("?"), true);
  assert.equal(parts.map(plainText).join("").includes("z"), false); // -z / d**2 would tell the sign
  assert.equal(plainText(formulas.gradient(y, 1, { upstream: 1, adds: true, hidesLocal: false, known: true })[0]), "(∂L)/(∂d)+=(∂L)/(∂y)×(∂y)/(∂d)");
});

test("a slot says which node it stands for and its exact number", () => {
  const walk = createWalk(recorded("rational"));
  const y = walk.document.nodes.find((node) => node.name === "y");
  const slots = [];
  const collect = (tree) => {
    if (typeof tree === "string") return;
    if ("data-value" in tree.attributes && tree.attributes["data-value"] !== null) slots.push([tree.attributes["data-node"], tree.attributes["data-value"]]);
    tree.children.forEach(collect);
  };
  createFormulas(walk).value(y).forEach(collect);
  assert.deepEqual(slots, [[y.inputs[0], 5], [y.inputs[1], 3], [y.id, y.value]]);
});

for (const name of NAMES) {
  test(`terms of every node add up to its gradient; a path multiplies up to its term where there is no other: ${name}`, () => {
    const walk = createWalk(recorded(name));
    const end = walk.count - 1;
    for (const node of walk.document.nodes) {
      const terms = termsAt(walk, node.id, end);
      if (!terms.length) continue;
      const sum = terms.reduce((total, term) => total + term.contribution, 0);
      assert.ok(Math.abs(sum - node.grad) <= 1e-12 * Math.max(1, Math.abs(node.grad)));
      for (const term of terms) {
        const { events, product } = strongestPath(walk, term.at);
        assert.equal(events[0].node, node.id);
        assert.equal(events[events.length - 1].from, walk.document.positions.find((event) => event.phase === "seed").node);
        events.slice(1).forEach((event, index) => assert.equal(event.node, events[index].from));
        const single = events.slice(1).every((event) => event.of === 1);
        if (single) assert.ok(Math.abs(product - term.contribution) <= 1e-9 * Math.max(1e-9, Math.abs(term.contribution)));
      }
    }
  });
}
