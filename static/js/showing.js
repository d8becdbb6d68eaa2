// @ts-check
/**
 * The projector and the net alone: fewer controls, everything larger. On a projector the page is laid out for a small screen
 * and drawn as much larger as the screen is; popovers and dialogs stay as they are, for who stands in front.
 */
import { h, setText } from "./dom.js";
import { isLeftByKey, leaveFullscreen } from "./mode.js";
import { loadStyle } from "./page.js";

/** What the page is laid out for, in CSS pixels. */
const ROOM = { width: 960, height: 540 };
const LEAST = 1.2; // times larger
const PHONE = 760;

const html = document.documentElement;
let isListening = false;

/** How much larger everything is drawn. @param {number} width @param {number} height of the window */
export const scaleOf = (width, height) => (width < PHONE ? 1 : Math.max(LEAST, Math.min(width / ROOM.width, height / ROOM.height)));

function size() {
  const scale = html.dataset.mode === "projector" ? scaleOf(innerWidth, innerHeight) : 1;
  html.style.setProperty("--scale", String(Number(scale.toFixed(3))));
}

/** @param {any} context @param {string|null} mode */
export async function showMode(context, mode) {
  await loadStyle("projector");
  if ((html.dataset.mode ?? null) !== mode) {
    if (mode) html.dataset.mode = mode;
    else delete html.dataset.mode;
    size();
    context.setTheme(context.store.get().ui.theme); // colours and type are read anew
    context.mount();
  } else if (mode) addToBar(context);
  listen(context);
}

/** What is shown, in a line, and the way out. */
function addToBar(context) {
  const { t, store, root } = context;
  const summary = h("p", { class: "mode-summary" });
  const leave = h("button", { type: "button", class: "button", "data-keep": "leave-mode", title: t("mode.leave_hint"), onclick: () => leaveMode(store) }, t("mode.leave"));
  context.select((state) => state.spec, (spec) => spec && setText(summary, summaryOf(context, spec, store.get().data)));
  context.select((state) => state.data?.serial, (_, { spec, data }) => spec && setText(summary, summaryOf(context, spec, data)));
  root.querySelector(".bar h1")?.after(summary);
  root.querySelector(".bar-end")?.append(leave);
}

/** "Circle, 2-4-2-1, tanh, rate 0.03" */
export function summaryOf({ t, label }, spec, data) {
  const { layers } = spec.network;
  const activations = [...new Set(layers.slice(0, -1).map(({ activation }) => label("activations", activation)))];
  const sizes = [...(data ? [data.inputs.length] : []), ...layers.map(({ units }) => units)].join("-");
  return [label("datasets", spec.data.name), sizes, ...activations, t("mode.rate", { rate: spec.optimizer.learning_rate })].join(t("mode.comma"));
}

function leaveMode(store) {
  leaveFullscreen();
  store.dispatch({ type: "ui", changes: { mode: null } });
}

function listen({ store, explaining }) {
  if (isListening) return;
  isListening = true;
  addEventListener("resize", size);
  // the browser takes the key that leaves its full screen
  addEventListener("fullscreenchange", () => {
    const isByKey = isLeftByKey();
    if (!store.get().ui.mode) leaveFullscreen(); // it came after one had left
    else if (isByKey) leaveMode(store);
  });
  addEventListener("keydown", (event) => {
    const { ui, explain } = store.get();
    if (event.key !== "Escape" || !ui.mode || document.querySelector("dialog[open], :popover-open") || /** @type {Element} */ (event.target).closest?.("input, select, textarea")) return;
    if (!ui.pinned && !explain) return leaveMode(store);
    store.dispatch({ type: "ui", changes: { pinned: null, focus: null } }); // first what is open ends
    explaining.close();
  }, true);
}
