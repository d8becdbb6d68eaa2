// @ts-check
/** The buttons that open a file and show the data, and a file that is dropped on the data column. */
import { h } from "./dom.js";

/** @param {any} context @param {() => Element} panel  the column */
export function dataButtons(context, panel) {
  const { t } = context;
  const file = h("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain", hidden: true, "aria-label": t("own.file.bring"), "data-testid": "file", onchange: () => {
    bring(file.files?.[0]);
    file.value = ""; // the same file may be chosen again
  } });
  const bring = async (chosen) => {
    if (chosen) (await context.dialogs.table()).openTable(context, { file: chosen });
  };
  const hasFile = (event) => event.dataTransfer?.types.includes("Files");
  const over = (event) => {
    if (!hasFile(event)) return;
    event.preventDefault(); // a file that misses must not replace the page
    panel().toggleAttribute("data-dropping", panel().contains(event.target));
  };
  const drop = (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    panel().removeAttribute("data-dropping");
    if (panel().contains(event.target)) bring(event.dataTransfer.files[0]);
  };
  const leave = () => panel().removeAttribute("data-dropping");
  for (const [name, listener] of /** @type {[string, any][]} */ ([["dragover", over], ["drop", drop], ["dragend", leave], ["dragleave", leave]])) {
    addEventListener(name, listener);
    context.onDispose(() => removeEventListener(name, listener));
  }
  return h("div", { class: "data-ways" },
    h("button", { type: "button", class: "button dense", "data-keep": "bring", "aria-haspopup": "dialog", title: t("own.file.bring_hint"), onclick: () => file.click() }, t("own.file.bring")),
    h("button", { type: "button", class: "button dense", "data-keep": "look", "aria-haspopup": "dialog", onclick: async () => (await context.dialogs.look()).openLook(context) }, t("own.look.open")),
    h("button", { type: "button", class: "button dense", "data-keep": "folds", "aria-haspopup": "dialog", onclick: async () => (await context.dialogs.folds()).openFolds(context) }, t("data.folds")),
    file);
}
