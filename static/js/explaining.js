// @ts-check
/**
 * What the reader has asked about numbers of the run: a trail of questions, each about one element at one step, and the
 * server's answers. The run goes on meanwhile; an answer stays what it was at its step.
 */
import { isOfSample, placeOf } from "./elements.js";
import { samePlace } from "./net-reading.js";
import { getJson } from "./page.js";

/** @typedef {{element: string, of: "value"|"gradient", row: number|null, step: number|null}} Question  step null: where the run is */

const OF = ["value", "gradient"];

/**
 * The part of an address that names a question.
 * @param {any} address  as read: keys and values
 * @returns {Question|null}
 */
export function readQuestion({ explain, of, row, step }) {
  const whole = (value) => (Number.isInteger(value) && value >= 0 ? value : null);
  if (typeof explain !== "string") return null;
  return { element: explain, of: OF.includes(of) ? of : "gradient", row: whole(row), step: whole(step) };
}

/** @param {Question|undefined} question @returns {string[]} */
export function writeQuestion(question) {
  if (!question) return [];
  const { element, of, row, step } = question;
  return [`explain=${element}`, `of=${of}`, ...(row === null ? [] : [`row=${row}`]), ...(step === null ? [] : [`step=${step}`])];
}

/**
 * @param {any} store
 * @param {() => string|null} sessionId
 */
export function createExplaining(store, sessionId) {
  let asked = 0;

  const base = () => `/api/sessions/${encodeURIComponent(sessionId() ?? "")}`;
  const dispatch = (explain) => store.dispatch({ type: "explain", explain });
  const trail = () => store.get().explain?.trail ?? [];
  const latest = () => trail()[trail().length - 1];

  /** An answer of the server. Throws what it refuses. */
  async function get(url, options) {
    const { ok, body } = await getJson(base() + url, options);
    if (!ok) throw Object.assign(new Error(body.error.message), body.error);
    return body;
  }

  /** @param {Question} question */
  const ask = ({ element, of, row, step }) =>
    get(`/explain?${new URLSearchParams({ element, of, ...(row === null ? {} : { row: String(row) }), ...(step === null ? {} : { step: String(step) }) })}`);

  /** @param {Question} question */
  const check = ({ element, row, step }) =>
    get("/check", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ element, row, step }) });

  /** Show the last question of a trail, with its answer once it is there; until then the old one stays. */
  async function show(questions, changes = {}) {
    asked += 1;
    const mine = asked;
    const before = store.get().explain;
    dispatch({ answer: null, note: null, ...before, trail: questions, problem: null, ...changes });
    let result;
    try {
      const wanted = questions[questions.length - 1];
      const answer = await ask(wanted).catch((error) => {
        if (error.field !== "step" || wanted.step === null) throw error;
        return ask({ ...wanted, step: null }); // the run has gone back meanwhile
      });
      const question = { ...wanted, step: answer.step, of: answer.of, element: answer.element };
      result = { trail: [...questions.slice(0, -1), question], answer, problem: null };
    } catch (error) {
      result = { answer: null, problem: error };
    }
    if (mine !== asked || !store.get().explain) return; // something else has been asked, or nothing any more
    dispatch({ ...store.get().explain, ...result });
    const place = result.trail && placeOf(result.answer.element);
    store.dispatch({ type: "ui", changes: { pinned: place ?? null } });
  }

  const now = () => store.get().frame?.step ?? null;

  return {
    ask,
    check,
    /** Something new: the trail begins here, at the step that is shown. Who came by keyboard goes on in the panel. */
    open(element, of, row = null, focus = false) {
      return show([{ element, of, row, step: now() }], { note: null, focus });
    },
    /** From the number shown on to one of those it comes from, at the same step unless another is named. */
    follow(element, of, step = latest()?.step ?? null) {
      return show([...trail(), { element, of, row: isOfSample(element) ? latest()?.row ?? null : null, step }]);
    },
    /** The other question about the same number. */
    turn: (of) => show([...trail().slice(0, -1), { ...latest(), of }]),
    back: () => trail().length > 1 && show(trail().slice(0, -1)),
    backTo: (index) => show(trail().slice(0, index + 1)),
    /** The same number where the run is now. */
    refresh() {
      if (!latest()) return undefined;
      const { data } = store.get();
      const row = latest().row !== null && data && latest().row >= data.rows ? store.get().frame?.probe?.index ?? 0 : latest().row;
      return show([{ ...latest(), row, step: now() }], { note: null });
    },
    /** The settings have changed: the numbers of this step may have, too. */
    again: () => latest() && show(trail()),
    close() {
      if (!store.get().explain && !store.get().ui.pinned) return;
      asked += 1;
      dispatch(null);
      store.dispatch({ type: "ui", changes: { pinned: null } });
    },
    /** The panel goes, and what was pointed at stays. */
    leave() {
      asked += 1;
      dispatch(null);
    },
    /** From an address. A run that has not come so far shows the number where it is. @param {Question} question */
    restore(question) {
      const step = now() ?? 0;
      const isAhead = question.step !== null && question.step > step;
      return show([{ ...question, step: isAhead ? step : question.step }], { note: isAhead ? { linked: question.step, step } : null });
    },
    isAbout: (place) => Boolean(latest()) && samePlace(placeOf(latest().element), place),
  };
}
