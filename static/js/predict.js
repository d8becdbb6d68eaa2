// @ts-check
/**
 * Predict first: before a gradient is shown the reader says its sign, which of two is larger, and how large it is. Pure: from
 * the page's state to the open question, to what must not be shown meanwhile, and to the state after an answer.
 *
 * What was answered or skipped belongs to one document: other numbers are asked for anew.
 */

/**
 * @typedef {"sign"|"larger"|"number"} Question
 * @typedef {{question: Question, predicted: string|number, actual: string|number, right: boolean, tries: number, settled: boolean}} Answer
 * @typedef {{node: number, size: number, sibling: boolean}} Rival  what an arrival is compared with in size
 * @typedef {{position: number, event: any, questions: Question[], rival: Rival|null, answers: Answer[], question: Question, tries: number}} Open
 * @typedef {{time: string, source: string, position: number, node: string, question: Question, predicted: string|number, actual: string|number, right: boolean}} Entry
 */

export const TRIES = 2; // for the number
export const NEAR = { share: 0.02, distance: 0.005 };
const SAME = 1e-9;
const MOST_KEPT = 2000; // answers in the log

export const initialPredict = (on = false) => ({ on, of: null, revealed: {}, answers: {}, score: { right: 0, asked: 0 }, insisted: 0 });

/** What is remembered of the walk in force. */
const memory = ({ predict, walk }) => (predict.of === walk && predict.revealed ? predict : { revealed: {}, answers: {} });

// --- what is asked ---

/** "+", "−" or "0" @param {number} value */
export const signOf = (value) => (value > 0 ? "+" : value < 0 ? "\u2212" : "0");

/**
 * What the gradient that arrives at a position is compared with: one that flowed out of the same op before, else the
 * upstream gradient itself.
 * @returns {Rival|null}
 */
export function rivalAt(document, position) {
  const { from, node, upstream } = document.positions[position];
  for (let at = position - 1; document.positions[at]?.phase === "backward" && document.positions[at].from === from; at -= 1) {
    const other = document.positions[at];
    if (other.node !== node && Number.isFinite(other.contribution)) return { node: other.node, size: Math.abs(other.contribution), sibling: true };
  }
  return Number.isFinite(upstream) ? { node: from, size: Math.abs(upstream), sibling: false } : null;
}

/** @returns {"this"|"other"|"same"} */
export function larger(contribution, rival) {
  const size = Math.abs(contribution);
  if (Math.abs(size - rival.size) <= SAME * Math.max(size, rival.size)) return "same";
  return size > rival.size ? "this" : "other";
}

export const isNear = (predicted, actual) => Math.abs(predicted - actual) <= Math.max(NEAR.share * Math.abs(actual), NEAR.distance) * (1 + 1e-9);

/** The question that is open at the position, or null. @returns {Open|null} */
export function openQuestion(state) {
  const { predict, walk, position } = state;
  const event = walk?.positions[position];
  if (!predict.on || event?.phase !== "backward" || !Number.isFinite(event.contribution)) return null;
  const { revealed, answers } = memory(state);
  if (revealed[position]) return null;
  const given = answers[position] ?? [];
  const rival = rivalAt(walk, position);
  /** @type {Question[]} */
  const questions = ["sign", ...(rival ? [/** @type {Question} */ ("larger")] : []), "number"];
  const question = questions.find((one) => !given.some((answer) => answer.question === one && answer.settled));
  if (!question) return null;
  return { position, event, questions, rival, answers: given, question, tries: given.find((answer) => answer.question === question)?.tries ?? 0 };
}

/** The nodes whose gradient must not be shown. @returns {Set<number>} */
export function masked(state) {
  const open = openQuestion(state);
  return new Set(open ? [open.event.node] : []);
}

/**
 * Whether the local derivative of an edge must not be shown: it would answer the question of its sign or size. The last
 * question, for the number, is asked with both factors on the table.
 */
export function masksLocal(state, from, input) {
  const { predict, walk, position } = state;
  if (!predict.on || !walk || walk.positions[position]?.phase !== "backward") return false;
  const { revealed } = memory(state);
  const at = walk.positions.findIndex((event) => event.phase === "backward" && event.from === from && event.input === input);
  const open = openQuestion(state);
  if (at === position) return open !== null && open.question !== "number";
  return at > position && walk.positions[position].from === from && !revealed[at]; // the next to be asked of the same op
}

/** What the reader said at a position, settled; for the card and the summary. @returns {Answer[]} */
export const answersAt = (state, position) => (memory(state).answers[position] ?? []).filter((answer) => answer.settled);

/** How a position was passed: "answered", "skipped" or undefined. */
export const passed = (state, position) => memory(state).revealed[position];

// --- what follows from an answer ---

const actualOf = (open) => ({
  sign: () => signOf(open.event.contribution),
  larger: () => larger(open.event.contribution, open.rival),
  number: () => open.event.contribution,
})[open.question]();

/**
 * The changes of state.predict and the entry of the log after an answer to the open question.
 * @param {any} state
 * @param {string|number} predicted  "+", "−", "0" | "this", "other", "same" | a number
 * @param {Date} now
 * @returns {{changes: any, entry: Entry, answer: Answer}|null}
 */
export function answer(state, predicted, now) {
  const open = openQuestion(state);
  if (!open) return null;
  const { predict, walk, position } = state;
  const actual = actualOf(open);
  const right = open.question === "number" ? isNear(Number(predicted), Number(actual)) : predicted === actual;
  const tries = open.tries + 1;
  const settled = right || open.question !== "number" || tries >= TRIES;
  const given = { question: open.question, predicted, actual, right, tries, settled };
  const answers = [...open.answers.filter((one) => one.question !== open.question), given];
  // of a zero there is nothing more to ask
  const isLast = settled && (open.question === "number" || (open.question === "sign" && actual === "0"));
  const before = memory(state);
  return {
    answer: given,
    changes: {
      of: walk,
      revealed: isLast ? { ...before.revealed, [position]: "answered" } : before.revealed,
      answers: { ...before.answers, [position]: answers },
      score: settled ? { right: predict.score.right + Number(right), asked: predict.score.asked + 1 } : predict.score,
    },
    entry: {
      time: now.toISOString(), source: sourceName(walk.source), position,
      node: walk.nodes.find((node) => node.id === open.event.node).name,
      question: open.question, predicted, actual, right,
    },
  };
}

/** The changes of state.predict after "Skip and reveal": of this arrival, or of all that flow out of the same op. */
export function skip(state, wholeOp = false) {
  const { walk, position } = state;
  const { revealed, answers } = memory(state);
  const { from } = walk.positions[position];
  const skipped = {};
  for (let at = position; at === position || (wholeOp && walk.positions[at]?.phase === "backward" && walk.positions[at].from === from); at += 1) skipped[at] = "skipped";
  return { of: walk, answers, revealed: { ...skipped, ...revealed } };
}

/** How many arrivals of the same op are still to be asked for after this one. */
export function remaining({ walk, position }) {
  const { from } = walk.positions[position];
  let count = 0;
  while (walk.positions[position + count + 1]?.phase === "backward" && walk.positions[position + count + 1].from === from) count += 1;
  return count;
}

/** The changes after a step that was asked for while a question is open: the question is pointed at. */
export const insist = ({ predict }) => ({ insisted: (predict.insisted ?? 0) + 1 });

// --- the log ---

/** A source in a few letters. */
export const sourceName = (source) =>
  source.expression ?? [source.session ? `session ${source.session}` : "net", source.step ? `step ${source.step}` : "", Number.isInteger(source.sample) ? `sample ${source.sample}` : ""].filter(Boolean).join(", ");

/** The newest entries. @param {Entry[]} entries @param {Entry} entry */
export const withEntry = (entries, entry) => [...entries, entry].slice(-MOST_KEPT);

/** The log as somebody stored it; anything else is an empty one. @param {string|null} text @returns {Entry[]} */
export function readLog(text) {
  try {
    const entries = JSON.parse(text ?? "[]");
    return Array.isArray(entries) ? entries.filter((entry) => entry && typeof entry === "object" && typeof entry.question === "string") : [];
  } catch {
    return [];
  }
}

const COLUMNS = ["time", "source", "position", "node", "question", "predicted", "actual", "right"];

/** @param {Entry[]} entries */
export const toCsv = (entries) => [COLUMNS, ...entries.map((entry) => COLUMNS.map((name) => entry[name]))].map((cells) => cells.map(cell).join(",")).join("\r\n") + "\r\n";

/** A text that begins like a formula would be run as one by a spreadsheet; numbers are left alone. */
function cell(value) {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) && text.length > 1 ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
