// @ts-check
/** A line above everything while what is done here would not outlive the server, and why. */
import { h, icon, setText } from "../dom.js";

/** @param {any} context */
export function keptView(context) {
  const { t, store } = context;
  const words = h("p", { role: "status" });
  const dismiss = h("button", { type: "button", class: "button dense icon", "aria-label": t("notice.dismiss"), onclick: () => store.dispatch({ type: "storage" }) }, icon("close"));
  const box = h("div", { class: "kept", "data-testid": "kept" }, h("span", { class: "kept-sign", "aria-hidden": "true" }, "⚠\uFE0E"), words, dismiss);
  context.select((state) => state.storage, (storage) => {
    box.hidden = storage === null;
    if (storage) setText(words, storage.trouble ? t(`kept.${storage.trouble}`) : t("kept.set_aside", { file: storage.set_aside }));
  });
  return box;
}
