// @ts-check
/**
 * The keys of each page: the table the handler goes by is the one that the sheet shows. Keys that belong to one control are its
 * own affair; they are listed under OWN_KEYS, and tests/browser/test_shortcuts.py presses every one.
 */
import { h } from "./dom.js";
import { toggleMode } from "./mode.js";

/** @typedef {{keys: string[], name: string, act: (page: any) => any, repeats?: boolean}} Shortcut */

/** @type {Shortcut} */
const SHEET = { keys: ["?"], name: "sheet", act: (page) => page.openShortcuts() };

/** @type {Record<string, Shortcut[]>} */
export const SHORTCUTS = {
  playground: [
    { keys: ["Space"], name: "play", act: (page) => page.togglePlay() },
    { keys: ["S"], name: "step", act: (page) => page.step(), repeats: true },
    { keys: ["R"], name: "reset", act: (page) => page.reset() },
    { keys: ["Ctrl+Z"], name: "undo", act: (page) => page.travel.undo(), repeats: true },
    { keys: ["Ctrl+Shift+Z", "Ctrl+Y"], name: "redo", act: (page) => page.travel.redo(), repeats: true },
    { keys: ["E"], name: "examples", act: async (page) => (await page.dialogs.gallery()).openGallery(page) },
    { keys: ["P"], name: "projector", act: (page) => toggleMode(page, "projector") },
    { keys: ["F"], name: "net", act: (page) => toggleMode(page, "net") },
    SHEET,
  ],
  walkthrough: [
    { keys: ["ArrowRight", "Space"], name: "forward", act: (page) => page.stepForward(), repeats: true },
    { keys: ["ArrowLeft"], name: "back", act: (page) => page.stepBack(), repeats: true },
    { keys: ["Home"], name: "to_start", act: (page) => page.toStart() },
    { keys: ["End"], name: "to_end", act: (page) => page.toEnd() },
    SHEET,
  ],
  optimizers: [
    { keys: ["Space"], name: "play", act: (page) => page.togglePlay() },
    { keys: ["S", "ArrowRight"], name: "step", act: (page) => page.step(), repeats: true },
    { keys: ["ArrowLeft"], name: "back", act: (page) => page.stepBack(), repeats: true },
    { keys: ["R", "Home"], name: "reset", act: (page) => page.reset() },
    { keys: ["End"], name: "to_end", act: (page) => page.toEnd() },
    SHEET,
  ],
};

/** What a control does with keys while it has the focus: [keys, name of what they do] by page and control. */
export const OWN_KEYS = {
  playground: {
    net: [[["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], "neighbour"], [["Enter"], "ask"], [["Delete"], "cut"], [["Escape"], "end"]],
    handle: [[["ArrowUp", "ArrowDown"], "nudge"], [["Shift+ArrowUp", "Shift+ArrowDown"], "nudge_more"], [["Alt+ArrowUp", "Alt+ArrowDown"], "nudge_finely"]],
    timeline: [[["ArrowLeft", "ArrowRight"], "one_step"], [["Shift+ArrowLeft", "Shift+ArrowRight"], "ten_steps"], [["PageDown", "PageUp"], "tenth"], [["Home", "End"], "ends"]],
    curve: [[["ArrowLeft", "ArrowRight"], "read_curve"]],
    painting: [[["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], "brush"], [["Enter"], "put"], [["Delete"], "take"]],
  },
  walkthrough: {
    graph: [[["ArrowUp", "ArrowDown"], "box"], [["G"], "go"], [["Escape"], "unselect"]],
    position: [[["ArrowUp", "ArrowDown"], "one_stop"], [["PageDown", "PageUp"], "ten_stops"]],
  },
  optimizers: {
    start: [[["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], "move"], [["Shift+ArrowLeft", "Shift+ArrowRight"], "move_finely"]],
    target: [[["ArrowUp", "ArrowDown"], "move"]],
    timeline: [[["ArrowLeft", "ArrowRight"], "one_step"], [["Shift+ArrowLeft", "Shift+ArrowRight"], "ten_steps"], [["Home", "End"], "ends"]],
    curve: [[["ArrowLeft", "ArrowRight"], "read_curve"]],
  },
};

/** "Ctrl+Shift+Z", "Space", "?": how the tables name what was pressed. @param {KeyboardEvent} event */
export function keyOf(event) {
  const isCommand = event.ctrlKey || event.metaKey;
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  return `${isCommand ? "Ctrl+" : ""}${isCommand && event.shiftKey ? "Shift+" : ""}${key}`;
}

const TYPED_INTO = "input:not([type=checkbox], [type=radio], [type=range]), textarea"; // has an undo of its own

/** Goes by the table of a page. @param {any} page @param {Shortcut[]} table */
export function listenToShortcuts(page, table) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const pressed = keyOf(event);
    const shortcut = table.find(({ keys }) => keys.includes(pressed));
    if (!shortcut || target.closest(pressed.startsWith("Ctrl+") ? TYPED_INTO : "input, select, textarea, [data-own-keys]")) return;
    if (pressed === "Space" && target.closest("button, a, [role=button]")) return; // which it presses
    event.preventDefault();
    if (!event.repeat || shortcut.repeats) shortcut.act(page);
  });
}

/** Opens the sheet; only where there are keys. @param {any} context */
export function shortcutsButton(context) {
  const words = context.t("header.shortcuts");
  return h("button", { type: "button", class: "button icon shortcuts-button", "aria-label": words, title: `${words} (?)`, "aria-haspopup": "dialog", "data-keep": "shortcuts", onclick: () => context.openShortcuts() }, "?");
}
