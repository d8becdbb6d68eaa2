// @ts-check
/**
 * What a tab of the inspector shows of the run is asked of the server while the tab can be seen: for the moment that is
 * shown, and again when that is another one. Nobody waits for an answer that nobody will see: it is called off.
 */
import { momentOf } from "./inspecting.js";

const PACE = 500; // milliseconds from one question to the next while the run plays
const REST = 120;

/** The step that a curve marks: where a run stands still. One that plays is at the end of its curves. @param {any} state @returns {number|null} */
export const presentOf = ({ status, frame }) => (status.state === "playing" ? null : frame?.step ?? null);

/**
 * @param {any} context
 * @param {object} asking
 * @param {string} asking.tab
 * @param {(state: any) => string|null} asking.path  after the session's own address; null where there is nothing to ask
 * @param {(answer: any, refusal: string|null) => void} asking.take
 * @param {(response: Response) => Promise<any>} [asking.read]
 * @param {number} [asking.pace]
 */
export function followInside(context, { tab, path, take, read = (response) => response.json(), pace = PACE }) {
  const { store } = context;
  let known = "";
  let last = -Infinity;
  let waiting = 0;
  /** @type {{path: string, controller: AbortController}|null} */
  let request = null;
  const isSeen = ({ ui, frame, connection }) => ui.inspector === tab && frame && connection === "open" && !document.hidden;
  const keyOf = (state) => `${context.sessionId()} ${path(state)} ${momentOf(state)} ${state.frame?.head}`;

  function consider() {
    const state = store.get();
    const wanted = isSeen(state) ? path(state) : null;
    if (request && request.path !== wanted) request.controller.abort();
    if (wanted === null || request || waiting || keyOf(state) === known) return;
    const due = state.status.state === "playing" ? last + pace : 0;
    waiting = setTimeout(ask, Math.max(REST, due - performance.now()));
  }

  async function ask() {
    waiting = 0;
    const state = store.get();
    const wanted = path(state);
    if (!isSeen(state) || wanted === null) return;
    const asked = keyOf(state);
    const mine = request = { path: wanted, controller: new AbortController() };
    last = performance.now();
    try {
      const response = await fetch(`/api/sessions/${encodeURIComponent(context.sessionId() ?? "")}${wanted}`, { signal: mine.controller.signal });
      if (response.ok) {
        const answer = await read(response);
        known = answer.left ? "" : asked; // of a long run the rest is still to come
        if (mine.path === path(store.get())) take(answer, null);
      } else {
        known = asked;
        take(null, (await response.json()).error.message);
      }
    } catch {
      // called off, or the server is away: the page says so, and this is asked again once it is back
    }
    request = null;
    consider();
  }

  context.select((state) => `${isSeen(state)} ${keyOf(state)}`, consider);
  context.select((state) => state.status.state, (_, state) => {
    if (state.status.state === "playing" || !waiting) return;
    clearTimeout(waiting); // who stops the run does not wait for what was due before
    waiting = 0;
    consider();
  });
  addEventListener("visibilitychange", consider);
  context.onDispose(() => {
    clearTimeout(waiting);
    request?.controller.abort();
    removeEventListener("visibilitychange", consider);
  });
}
