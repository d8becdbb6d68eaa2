// @ts-check
/** Two ways to show the playground larger: for a projector, and the net alone. What they do is in showing.js, loaded with the first. */
import { h, icon, setAttribute } from "./dom.js";

export const MODES = ["projector", "net"];

/** Whether the page is drawn for the back row. */
export const isProjected = () => document.documentElement.dataset.mode === "projector";

/** Whether one points with a finger. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;

let isLeaving = false;

/** The page itself leaves the full screen. The browser says so later, when another mode may have begun. */
export function leaveFullscreen() {
  if (!document.fullscreenElement) return;
  isLeaving = true;
  document.exitFullscreen().catch(() => { isLeaving = false; });
}

/** When the full screen has changed: whether somebody left it by the browser's own key. */
export function isLeftByKey() {
  const wasAsked = isLeaving;
  isLeaving = false;
  return !document.fullscreenElement && !wasAsked;
}

/** Into a mode, or out of the one there is. The whole screen is asked for where the browser gives it. @param {any} context @param {string} mode */
export function toggleMode({ store }, mode) {
  const next = store.get().ui.mode === mode ? null : mode;
  if (next) document.documentElement.requestFullscreen?.().catch(() => {});
  else leaveFullscreen();
  store.dispatch({ type: "ui", changes: { mode: next } });
}

/** @param {any} context @param {string} mode */
export function modeButton(context, mode) {
  const words = context.t(`mode.${mode}`);
  const button = h("button", { type: "button", class: "button icon mode-button", "aria-label": words, title: words, "data-keep": `mode-${mode}`, onclick: () => toggleMode(context, mode) }, icon(mode));
  context.select((state) => state.ui.mode === mode, (isOn) => setAttribute(button, "aria-pressed", isOn));
  return button;
}
