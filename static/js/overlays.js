// @ts-check
/**
 * Curves of other runs, laid over that of the current one: those the reader chose, and the run that was left last, for as
 * long as it has a beginning in common with this one. They are fetched when they are to be seen, and again when they have grown.
 */
import { getJson } from "./page.js";
import { parting, runOf } from "./runs.js";

/** Which runs lie over the current one, and are still there. @param {any} state @returns {number[]} */
export function overlaid({ runs, ui }) {
  const wanted = [...ui.chosenRuns, ...(ui.leftRun === null || ui.chosenRuns.includes(ui.leftRun) ? [] : [ui.leftRun])];
  return wanted.filter((id) => id !== runs.current && runOf(runs.runs, id));
}

/** The choice after a click on a run's switch. @param {any} state @param {number} id @param {boolean} shown */
export const withOverlay = ({ ui }, id, shown) => ({
  chosenRuns: [...ui.chosenRuns.filter((other) => other !== id), ...(shown ? [id] : [])],
  leftRun: ui.leftRun === id ? null : ui.leftRun,
});

/** Points of an answer as the chart takes them; what is not finite is a gap. @param {any} detail */
export const curveOf = ({ head, losses }) => ({
  head,
  train: losses.map(({ step, train }) => [step, train ?? NaN]),
  test: losses.map(({ step, test }) => [step, test ?? NaN]),
});

/**
 * @param {any} store
 * @param {() => string|null} sessionId
 */
export function followOverlays(store, sessionId) {
  let session = null;
  let current = 0;
  const fetching = new Set();

  const base = () => `/api/sessions/${encodeURIComponent(session ?? "")}/runs`;

  store.select((state) => state.runs, ({ runs, current: now }) => {
    if (sessionId() !== session) {
      session = sessionId();
      current = 0;
      store.dispatch({ type: "curves", curves: {} });
      store.dispatch({ type: "ui", changes: { chosenRuns: [], leftRun: null } });
    }
    if (now === current || !now) return;
    const before = runOf(runs, current) ?? runOf(runs, runOf(runs, now)?.parent ?? null);
    const common = before && parting(runs, now, before.id);
    current = now;
    store.dispatch({ type: "ui", changes: { leftRun: before && common !== null && before.head > common ? before.id : null } });
  });

  async function fetchCurve(id) {
    if (fetching.has(id)) return;
    fetching.add(id);
    const from = session;
    const { ok, body } = await getJson(`${base()}/${id}`).catch(() => ({ ok: false, body: null }));
    fetching.delete(id);
    if (ok && from === session) store.dispatch({ type: "curves", curves: { ...store.get().curves, [id]: curveOf(body) } });
  }
  store.select((state) => overlaid(state).map((id) => `${id}:${runOf(state.runs.runs, id)?.head}`).join(" "), (_, state) => {
    for (const id of overlaid(state)) if (state.curves[id]?.head !== runOf(state.runs.runs, id)?.head) fetchCurve(id);
  });

  return {
    /** Every run with its last losses and settings. */
    list: () => getJson(base()),
    /** @param {number} id */
    drop: (id) => getJson(`${base()}/${id}`, { method: "DELETE" }),
  };
}
