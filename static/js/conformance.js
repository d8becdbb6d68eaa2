// @ts-check
/** The conformance page: asks for the checks and shows each row as soon as the server has computed it. */
import { readLines } from "./json-lines.js";
import { createPage } from "./page.js";
import { createStore } from "./store.js";
import { conformanceView } from "./views/conformance.js";
import { headerView } from "./views/header.js";

const initial = { rows: [], state: "running", seconds: 0, ui: { theme: document.documentElement.dataset.theme } };

function reduce(state, message) {
  switch (message.type) {
    case "begin":
      return { ...state, rows: [], state: "running", seconds: 0 };
    case "row":
      return { ...state, rows: [...state.rows, message.row] };
    case "end":
      return { ...state, state: message.state, seconds: message.seconds };
    case "ui":
      return { ...state, ui: { ...state.ui, ...message.changes } };
    default:
      throw new Error(`unknown message "${message.type}"`);
  }
}

start();

async function start() {
  const store = createStore(reduce, initial);
  let running = false;
  async function run() {
    if (running) return;
    running = true;
    store.dispatch({ type: "begin" });
    const begun = performance.now();
    try {
      const response = await fetch("/api/conformance");
      if (!response.ok) throw new Error(String(response.status));
      for await (const row of readLines(response)) store.dispatch({ type: "row", row });
      store.dispatch({ type: "end", state: store.get().rows.length ? "done" : "broken", seconds: (performance.now() - begun) / 1000 });
    } catch {
      store.dispatch({ type: "end", state: "broken", seconds: 0 });
    }
    running = false;
  }
  const page = await createPage(store, (context) => [headerView(context), conformanceView(context)], ["conformance"]);
  Object.assign(page, { run });
  page.mount();
  run();
}
