// @ts-check
/**
 * What the inspector knows: asked of the server for the moment that is shown, and again when that is another one - at most
 * twice a second for what can be seen. While the findings cannot be seen only their number is: it is kept every two seconds,
 * and when the run stands still.
 */
import { getJson } from "./page.js";

export const TABS = ["diagnosis", "selected", "layers", "flow", "histograms", "optimizer", "confusion", "landscape", "hidden"];
const SEEN_PACE = 500; // milliseconds
const BADGE_PACE = 2000;
const REST = 150;

/** The moment that is shown, as a text: for the same there is nothing to ask. @param {any} state */
export const momentOf = ({ frame, status }) => [frame?.run, frame?.revision, frame?.step, status.state === "diverged", status.undo, status.redo].join(" ");

/**
 * Milliseconds from one question to the next; null where nobody wants to know.
 * @param {string} name  of the answer
 * @param {any} state
 */
export function paceOf(name, { ui, status }) {
  if (name === "confusion") return ui.inspector === "confusion" ? SEEN_PACE : null;
  const isSeen = ui.inspector === "diagnosis" || ui.inspector === "layers";
  return isSeen || status.state !== "playing" ? SEEN_PACE : BADGE_PACE;
}

/**
 * @param {any} store
 * @param {() => string|null} sessionId
 */
export function createInspecting(store, sessionId) {
  follow("diagnosis", () => "/diagnosis", momentOf);
  follow("confusion", ({ ui }) => `/confusion?split=${ui.split}`, (state) => `${momentOf(state)} ${state.ui.split}`);

  function follow(name, pathOf, key) {
    let known = "";
    let last = -Infinity;
    let waiting = 0;
    let isAsking = false;
    const keyOf = (state) => `${sessionId()} ${key(state)}`;

    function consider() {
      const state = store.get();
      const pace = paceOf(name, state);
      if (isAsking || waiting || pace === null || !state.frame || document.hidden || state.connection !== "open" || keyOf(state) === known) return;
      // a moment for what comes at once: a drag on the timeline, a run that is just being started
      waiting = setTimeout(ask, Math.max(REST, last + pace - performance.now()));
    }

    async function ask() {
      waiting = 0;
      const asked = keyOf(store.get());
      isAsking = true;
      last = performance.now();
      try {
        const { ok, body } = await getJson(`/api/sessions/${encodeURIComponent(sessionId() ?? "")}${pathOf(store.get())}`);
        known = asked;
        if (asked === keyOf(store.get()) || store.get().status.state === "playing") store.dispatch({ type: "inspector", answers: { [name]: ok ? body : null } });
      } catch {
        // the server is away: the page says so, and this is asked again once it is back
      }
      isAsking = false;
      consider();
    }

    store.select((state) => `${keyOf(state)} ${state.connection}`, consider);
    // whoever opens it or stops the run does not wait for what was due before
    store.select((state) => `${paceOf(name, state)} ${state.status.state}`, () => {
      clearTimeout(waiting);
      waiting = 0;
      consider();
    });
    addEventListener("visibilitychange", consider);
  }
}
