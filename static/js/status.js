// @ts-check
/** The status page: asks the server once a second how it is, while somebody looks. A teacher shows the key first, where one is needed. */
import { createPage, getJson } from "./page.js";
import { initialStatus, reduceStatus } from "./status-state.js";
import { createStore } from "./store.js";
import { headerView } from "./views/header.js";
import { statusView } from "./views/status.js";

const EVERY = 1000; // milliseconds

start();

async function start() {
  const store = createStore(reduceStatus, initialStatus(document.documentElement.dataset.theme));
  const ask = async (path, options) => {
    try {
      return await getJson(path, options);
    } catch {
      return { ok: false, status: 0, body: null };
    }
  };

  /** Who sits here. @param {any} [body] */
  async function sit(body) {
    if (body) {
      const shown = await ask("/api/teacher", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      if (!shown.ok) return store.dispatch({ type: "refused", status: shown.status, seconds: /(\d+) s\.$/.exec(shown.body?.error?.message ?? "")?.[1] ?? "10" });
    }
    const found = await ask("/api/teacher");
    if (!found.ok) return store.dispatch({ type: "away" });
    store.dispatch({ type: "seat", ...found.body });
    return look();
  }

  async function look() {
    if (!store.get().teacher || document.hidden) return;
    const found = await ask("/api/status");
    if (found.ok) store.dispatch({ type: "status", body: found.body });
    else if (found.status === 401) sit(); // the server has been started anew, with another key
    else store.dispatch({ type: "away" });
  }

  async function act(id, method, what = "") {
    const { ok, body } = await ask(`/api/status/sessions/${encodeURIComponent(id)}${what}`, { method });
    store.dispatch({ type: "acted", failed: ok ? null : body?.error?.code ?? "away" });
    return look();
  }

  const page = await createPage(store, (context) => [headerView(context), statusView(context)], ["status"]);
  Object.assign(page, {
    enter: (key) => sit({ key }),
    async stand() {
      await ask("/api/teacher", { method: "DELETE" });
      return sit();
    },
    rest: (id) => act(id, "POST", "/rest"),
    end: (id) => act(id, "DELETE"),
  });
  page.mount();

  const given = new URLSearchParams(location.hash.slice(1)).get("key"); // the terminal's link has it
  if (given) history.replaceState(null, "", location.pathname);
  await sit(given ? { key: given } : undefined);
  if (given && !store.get().teacher) await sit();
  setInterval(() => (store.get().seated ? look() : sit()), EVERY);
  document.addEventListener("visibilitychange", look);
}
