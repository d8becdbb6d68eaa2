import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createTranslator } from "../../static/js/i18n.js";
import { TRIES, answer, answersAt, initialPredict, insist, isNear, larger, masked, masksLocal, openQuestion, passed, readLog, remaining, rivalAt, signOf, skip, toCsv, withEntry } from "../../static/js/predict.js";
import { answerText, feedback } from "../../static/js/predict-words.js";
import { readWords } from "./reading-words.js";

const recorded = (name) => JSON.parse(readFileSync(new URL(`fixtures/walk-${name}.json`, import.meta.url), "utf8"));
const NAMES = ["rational", "twice", "xor", "default"];
const NOW = new Date("2026-11-21T12:00:00Z");
const stateOf = (walk, position, on = true) => ({ walk, position, selected: null, ui: {}, predict: initialPredict(on) });
const after = (state, changes) => ({ ...state, predict: { ...state.predict, ...changes } });
const say = (state, value) => {
  const result = answer(state, value, NOW);
  return { ...result, state: after(state, result.changes) };
};
const walk = recorded("rational");
const at = (name, from) => walk.positions.findIndex((event) => event.phase === "backward" && walk.nodes[event.node].name === name && (!from || walk.nodes[event.from].name === from));
const INTO_D = at("d");
const INTO_Z = at("z");

/** What somebody who knows says. */
function rightAnswer({ question, event, rival }) {
  if (question === "sign") return signOf(event.contribution);
  return question === "larger" ? larger(event.contribution, rival) : event.contribution;
}

test("nothing is asked when the switch is off, and outside of the backward pass", () => {
  for (let position = 0; position < walk.positions.length; position += 1) {
    assert.equal(openQuestion(stateOf(walk, position, false)), null);
    assert.equal(openQuestion(stateOf(walk, position)) !== null, walk.positions[position].phase === "backward");
  }
  assert.equal(openQuestion({ ...stateOf(null, 0), walk: null }), null);
});

test("while a question is open the node is masked, and nothing else", () => {
  const state = stateOf(walk, INTO_D);
  assert.deepEqual([...masked(state)], [walk.positions[INTO_D].node]);
  assert.deepEqual([...masked(stateOf(walk, INTO_D, false))], []);
});

test("sign, then size, then number; right answers count", () => {
  let state = stateOf(walk, INTO_D);
  assert.deepEqual(openQuestion(state).questions, ["sign", "larger", "number"]);
  const said = [];
  for (let open = openQuestion(state); open; open = openQuestion(state)) {
    said.push(open.question);
    const result = say(state, rightAnswer(open));
    assert.equal(result.answer.right, true);
    state = result.state;
  }
  assert.deepEqual(said, ["sign", "larger", "number"]);
  assert.deepEqual(state.predict.score, { right: 3, asked: 3 });
  assert.equal(passed(state, INTO_D), "answered");
  assert.deepEqual([...masked(state)], []);
  assert.deepEqual(answersAt(state, INTO_D).map((one) => one.question), said);
});

test("a wrong sign or size is settled at once; a number may be tried twice", () => {
  let { state } = say(stateOf(walk, INTO_D), "+");
  assert.deepEqual(state.predict.score, { right: 0, asked: 1 });
  assert.equal(openQuestion(state).question, "larger");
  ({ state } = say(state, "same"));
  for (let count = 1; count <= TRIES; count += 1) {
    assert.equal(openQuestion(state).question, "number");
    assert.equal(openQuestion(state).tries, count - 1);
    ({ state } = say(state, 17));
    assert.equal(passed(state, INTO_D), count === TRIES ? "answered" : undefined);
  }
  assert.deepEqual(state.predict.score, { right: 0, asked: 3 });
});

test("a number that is right at the second try counts as right", () => {
  let { state } = say(stateOf(walk, INTO_D), "\u2212");
  ({ state } = say(state, "this"));
  ({ state } = say(state, 17));
  ({ state } = say(state, -0.74));
  assert.deepEqual(state.predict.score, { right: 3, asked: 3 });
});

test("near enough is within two per cent or five thousandths", () => {
  assert.equal(isNear(1.02, 1), true);
  assert.equal(isNear(1.021, 1), false);
  assert.equal(isNear(0.005, 0), true);
  assert.equal(isNear(-0.0051, 0), false);
  assert.equal(isNear(-100, -101.9), true);
});

test("compared is with what flowed out of the same op before, else with the upstream gradient", () => {
  assert.deepEqual(rivalAt(walk, INTO_D), { node: walk.positions[INTO_Z].node, size: Math.abs(walk.positions[INTO_Z].contribution), sibling: true });
  assert.deepEqual(rivalAt(walk, INTO_Z), { node: walk.positions[INTO_Z].from, size: Math.abs(walk.positions[INTO_Z].upstream), sibling: false });
  assert.equal(larger(-0.74, rivalAt(walk, INTO_D)), "this");
  assert.equal(larger(0.4444444444444445, rivalAt(walk, INTO_D)), "same");
});

test("the local derivative is hidden with the sign and the size, and of the next input while the first is asked", () => {
  const { from } = walk.positions[INTO_D];
  let state = stateOf(walk, INTO_Z);
  assert.deepEqual([0, 1].map((input) => masksLocal(state, from, input)), [true, true]);
  for (const value of ["+", "other"]) ({ state } = say(state, value));
  assert.equal(openQuestion(state).question, "number");
  assert.deepEqual([0, 1].map((input) => masksLocal(state, from, input)), [false, true]);
  assert.deepEqual([0, 1].map((input) => masksLocal(stateOf(walk, INTO_D), from, input)), [false, true]);
  assert.deepEqual([0, 1].map((input) => masksLocal(stateOf(walk, INTO_Z, false), from, input)), [false, false]);
});

test("of a zero nothing more is asked", () => {
  const zero = structuredClone(walk);
  Object.assign(zero.positions[INTO_D], { local: 0, contribution: 0, sum: 0 });
  const { state } = say(stateOf(zero, INTO_D), "+");
  assert.equal(openQuestion(state), null);
  assert.deepEqual(state.predict.score, { right: 0, asked: 1 });
});

test("what is not a finite number is not asked for", () => {
  const broken = structuredClone(walk);
  broken.positions[INTO_D].contribution = null;
  assert.equal(openQuestion(stateOf(broken, INTO_D)), null);
});

test("skipping reveals one arrival, or all of the same op", () => {
  assert.equal(remaining(stateOf(walk, INTO_Z)), 1);
  assert.equal(remaining(stateOf(walk, INTO_D)), 0);
  const one = after(stateOf(walk, INTO_Z), skip(stateOf(walk, INTO_Z)));
  assert.equal(openQuestion(one), null);
  assert.notEqual(openQuestion({ ...one, position: INTO_D }), null);
  const both = after(stateOf(walk, INTO_Z), skip(stateOf(walk, INTO_Z), true));
  assert.equal(openQuestion({ ...both, position: INTO_D }), null);
  assert.notEqual(openQuestion({ ...both, position: INTO_D + 1 }), null);
});

test("what was answered belongs to one document: other numbers are asked for anew", () => {
  let state = after(stateOf(walk, INTO_D), skip(stateOf(walk, INTO_D)));
  assert.equal(openQuestion(state), null);
  state = { ...state, walk: structuredClone(walk) };
  assert.notEqual(openQuestion(state), null);
  assert.equal(passed(state, INTO_D), undefined);
});

test("insisting counts, so that a view can hear it", () => {
  assert.equal(insist(stateOf(walk, INTO_D)).insisted, 1);
});

for (const name of NAMES) {
  test(`at every arrival right answers are right, and the engine's number is near itself: ${name}`, () => {
    const document = recorded(name);
    document.positions.forEach((event, position) => {
      if (event.phase !== "backward") return;
      let state = stateOf(document, position);
      for (let open = openQuestion(state), rounds = 0; open; open = openQuestion(state), rounds += 1) {
        assert.ok(rounds < 4);
        const result = say(state, rightAnswer(open));
        assert.equal(result.answer.right, true);
        state = result.state;
      }
      assert.deepEqual([...masked(state)], []);
    });
  });

  for (const code of ["en", "zh"]) {
    test(`every reason can be said and none calls anybody wrong: ${name}, ${code}`, () => {
      const t = createTranslator(readWords(code));
      const document = recorded(name);
      document.positions.forEach((event, position) => {
        if (event.phase !== "backward") return;
        let state = stateOf(document, position);
        for (let open = openQuestion(state); open; open = openQuestion(state)) {
          const result = say(state, open.question === "number" ? 99 : open.question === "sign" ? "0" : "same");
          state = result.state;
          const text = `${answerText(t, state, position, open.question, result.answer.predicted)} ${answerText(t, state, position, open.question, result.answer.actual)} ${feedback(t, state, position, result.answer)}`;
          assert.doesNotMatch(text, /wrong|错|undefined|NaN/);
        }
      });
    });
  }
}

test("the reason for a sign says the signs of both factors, and the numbers once all is answered", () => {
  const t = createTranslator(readWords("en"));
  let state = stateOf(walk, INTO_D);
  const first = say(state, "+");
  assert.equal(feedback(t, first.state, INTO_D, first.answer), "Upstream is +1.3333, the local derivative is negative: plus times minus is minus.");
  state = first.state;
  for (const value of ["this", -0.74]) ({ state } = say(state, value));
  assert.equal(feedback(t, state, INTO_D, first.answer), "Upstream is +1.3333, the local derivative −0.5556: plus times minus is minus.");
});

test("the log keeps the newest, and what is stored by somebody else is not trusted", () => {
  const { entry } = say(stateOf(walk, INTO_D), "+");
  assert.deepEqual(entry, { time: "2026-11-21T12:00:00.000Z", source: walk.source.expression, position: INTO_D, node: "d", question: "sign", predicted: "+", actual: "\u2212", right: false });
  let log = [];
  for (let count = 0; count < 2010; count += 1) log = withEntry(log, { ...entry, position: count });
  assert.equal(log.length, 2000);
  assert.equal(log[0].position, 10);
  assert.deepEqual(readLog(JSON.stringify(log)), log);
  for (const text of [null, "", "{", "{}", "[1, null, {}]"]) assert.deepEqual(readLog(text), []);
});

test("the CSV has a head, quotes what has commas, and no cell that a spreadsheet would run", () => {
  const { entry } = say(stateOf(walk, INTO_D), "+");
  const rows = toCsv([entry, { ...entry, source: '=cmd()"', predicted: -0.5, actual: -0.74, right: true }, { ...entry, source: "softmax, 3" }]).split("\r\n");
  assert.equal(rows[0], "time,source,position,node,question,predicted,actual,right");
  assert.equal(rows[1], `2026-11-21T12:00:00.000Z,${entry.source},${INTO_D},d,sign,+,\u2212,false`);
  assert.match(rows[2], /,"'=cmd\(\)""",/);
  assert.match(rows[2], /,-0.5,-0.74,true$/);
  assert.match(rows[3], /,"softmax, 3",/);
  assert.equal(rows[4], "");
});
