// @ts-check
/** Dialogs over the page: a title, a round button, Escape and a click beside it close one, and then it is gone. */
import { h, icon } from "./dom.js";

/**
 * @param {any} context
 * @param {object} about
 * @param {string} about.name  makes the id of the title
 * @param {string|Element} about.title
 * @param {string} about.close  what the round button is called
 * @param {string} [about.className]
 * @param {(Element|null)[]} [about.beside]  what stands in the head beside the title, before the button
 * @param {Element|null} [about.below]  and what below them
 * @param {boolean} [about.isKept]  a click beside it does not close it: there is something in it to be lost
 * @param {(Element|null)[]} parts  what is in it
 * @returns {HTMLDialogElement}  to be shown
 */
export function createDialog(context, { name, title, close, className = "own-dialog", beside = [], below = null, isKept = false }, ...parts) {
  const heading = h("h2", { id: `${name}-title` }, title);
  const button = h("button", { type: "button", class: "button icon round", "aria-label": close, onclick: () => dialog.close() }, icon("close"));
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog", { class: className, "aria-labelledby": `${name}-title`, "data-own-keys": "" }, h("header", {}, heading, beside, button, below), parts));
  dialog.addEventListener("close", () => dialog.remove());
  if (!isKept) dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  context.onDispose(() => {
    dialog.close(); // whoever works for it hears of it
    dialog.remove();
  });
  context.root.append(dialog);
  return dialog;
}
