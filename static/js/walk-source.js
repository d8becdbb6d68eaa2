// @ts-check
/** Where walks come from: asked of the server, the latest request wins; what is refused leaves the old walk in force. */
import { getJson } from "./page.js";

const post = (url, body) => getJson(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** A source with changes: objects are merged, lists and numbers replaced. */
export function merge(base, changes) {
  const merged = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    merged[key] = value && typeof value === "object" && !Array.isArray(value) ? merge(base?.[key] ?? {}, value) : value;
  }
  return merged;
}

/** @param {any} store */
export function createSource(store) {
  let asked = 0;
  /** @type {{source: any, place: any, done: (answer: any) => void}|null} */
  let waiting = null;
  let busy = false;

  /**
   * Loads the walk of a source; while one is on its way only the newest request waits.
   * @param {any} source
   * @param {any} [place]  {position, preset, selected, toggled, field}: `position` may be negative, from the end
   * @returns {Promise<{ok: boolean}>}
   */
  function load(source, place = {}) {
    asked += 1;
    if (!busy) return run(source, place);
    waiting?.done({ ok: false });
    return new Promise((done) => { waiting = { source, place, done }; });
  }

  async function run(source, place) {
    busy = true;
    const mine = asked;
    const slow = setTimeout(() => store.dispatch({ type: "loading", loading: true }), 300);
    const answer = await post("/api/walks", { source }).catch(() => null);
    clearTimeout(slow);
    store.dispatch({ type: "loading", loading: false });
    busy = false;
    const next = waiting;
    waiting = null;
    if (next) run(next.source, next.place).then(next.done);
    if (!answer) store.dispatch({ type: "notice", notice: { kind: "gone", source, place } });
    else if (answer.ok) take(answer.body, place);
    else if (mine === asked && !store.get().walk && isTooMuch(answer.body?.error, source)) {
      // rather one sample than an empty page
      const one = await load({ ...source, sample: 0 }, { ...place, toggled: {} });
      if (one.ok) store.dispatch({ type: "notice", notice: { kind: "first", source } });
      return one;
    } else if (mine === asked) refuse(answer, source, place);
    return { ok: Boolean(answer?.ok) };
  }

  function take(document, { position = 0, ...place }) {
    const last = document.positions.length - 1;
    store.dispatch({ type: "walk", document, position: position < 0 ? last + 1 + position : position, ...place });
  }

  function refuse({ status, body }, source, { field }) {
    const error = body?.error ?? {};
    if (status === 404 && source.session) store.dispatch({ type: "notice", notice: { kind: "unknown", source } });
    else if (isTooMuch(error, source)) store.dispatch({ type: "notice", notice: { kind: "many", source } });
    else if (source.session && error.field === "step" && store.get().walk) store.dispatch({ type: "notice", notice: { kind: "ahead", step: error.allowed?.maximum ?? store.get().walk.step, source } });
    else if (error.allowed?.without) store.dispatch({ type: "notice", notice: { kind: error.allowed.layer === null ? "hides" : "hides_layer", part: error.allowed.without, layer: error.allowed.layer, source } });
    else if (status === 422 && (store.get().walk || error.field === "expression")) {
      store.dispatch({ type: "problem", field: error.field === "expression" ? "expression" : field ?? error.field ?? "expression", problem: { value: error.value, allowed: error.allowed, message: error.message } });
    } else store.dispatch({ type: "notice", notice: { kind: "refused", message: error.message ?? String(status), source } });
  }

  /** All samples of a minibatch are more than a walk takes. */
  const isTooMuch = (error, source) => error?.field === "sample" && (source.sample ?? null) === null;

  const checks = new Map(); // of the document in force
  let checked = null;
  return {
    load,
    /** The numeric derivative beside the engine's, once per node and document. */
    check(id) {
      const { walk } = store.get();
      if (walk !== checked) checks.clear();
      checked = walk;
      if (!checks.has(id)) {
        checks.set(id, post("/api/walks/check", { source: walk.source, node: id }).then((answer) => {
          if (!answer.ok) throw Object.assign(new Error(answer.body?.error?.message ?? String(answer.status)), { error: answer.body?.error });
          return answer.body;
        }));
        checks.get(id).catch(() => checks.delete(id));
      }
      return checks.get(id);
    },
  };
}
