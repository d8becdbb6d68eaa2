// @ts-check
/** What the optimizers' page asks the server: paths for each change, latest wins; why a lane moved; streams that can be cancelled. */
import { readLines } from "./json-lines.js";
import { getJson } from "./page.js";
import { latestWins } from "./travelling.js";

const REST = 120; // ms without a change until an update is explained anew

const posted = (body, signal) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });

/** The lines of a streamed answer as they arrive; throws the server's error. @param {string} path @param {any} body @param {AbortSignal} signal */
export async function* streamed(path, body, signal) {
  const response = await fetch(path, posted(body, signal));
  if (!response.ok) throw Object.assign(new Error("refused"), { refusal: (await response.json()).error });
  yield* readLines(response);
}

/**
 * As many questions under way at once, so that one is computed while the other travels; the latest takes the place of the one
 * that waits, and an answer that a later one has overtaken is none any more.
 * @param {number} most
 * @param {(question: any) => Promise<any>} send
 * @returns {(question: any) => Promise<any>}  the answer, or {type: "replaced"}
 */
export function overtaking(most, send) {
  let [busy, asked, answered] = [0, 0, 0];
  /** @type {{question: any, resolve: (answer: any) => void}|null} */
  let waiting = null;
  return function ask(question) {
    if (busy >= most) {
      waiting?.resolve({ type: "replaced" });
      return new Promise((resolve) => { waiting = { question, resolve }; });
    }
    busy += 1;
    asked += 1;
    const mine = asked;
    return send(question).then((answer) => {
      if (mine < answered) return { type: "replaced" };
      answered = mine;
      return answer;
    }).finally(() => {
      busy -= 1;
      const next = waiting;
      waiting = null;
      if (next) ask(next.question).then(next.resolve);
    });
  };
}

/** @param {any} store */
export function createAsking(store) {
  let wanted = null; // the latest that was asked for, ahead of what has been answered
  let mostRecent = null;
  const post = overtaking(2, (spec) => getJson("/api/descents", posted(spec)).catch(() => ({ ok: false, body: null })));

  /** Paths for a spec. A refused one leaves everything as it is, and says so at its field. @param {any} spec */
  async function race(spec) {
    wanted = spec;
    const answer = await post(spec);
    if (answer.type === "replaced") return answer;
    if (!answer.ok) {
      if (wanted === spec) wanted = null;
      const refusal = answer.body?.error;
      store.dispatch(refusal?.field ? { type: "problem", field: refusal.field, problem: refusal } : { type: "notice", notice: "away" });
      return { type: "error", ...refusal };
    }
    if (wanted === spec) wanted = null;
    mostRecent = answer.body;
    store.dispatch({ type: "race", answer: answer.body });
    return answer;
  }

  let timer = 0;
  const explain = latestWins((asked) => getJson("/api/descents/step", posted(asked)).catch(() => ({ ok: false })));
  /** Why the chosen lane made the chosen step; once nothing has changed for a moment. @param {(state: any) => any} question */
  function why(question) {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const asked = question(store.get());
      if (!asked) return store.dispatch({ type: "why", why: null });
      const answer = await explain(asked);
      return answer.ok && store.dispatch({ type: "why", why: answer.body });
    }, store.get().why ? REST : 0);
  }

  return {
    race,
    why,
    /** A change of the latest that was asked for. @param {(spec: any) => any} change */
    change: (change) => race(change(wanted ?? store.get().spec)),
    latest: () => wanted ?? store.get().spec,
    answer: () => mostRecent,
  };
}
