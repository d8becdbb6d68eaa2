// @ts-check
/** Undo and redo, and the way to a step by its number. */
import { changeName } from "../changes.js";
import { h, icon, setAttribute } from "../dom.js";
import { integer } from "../format.js";
import { furthest } from "../travelling.js";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** @param {any} context */
export function historyView(context) {
  const { t, store, travel } = context;
  const keys = { undo: IS_MAC ? "⌘Z" : "Ctrl+Z", redo: IS_MAC ? "⇧⌘Z" : "Ctrl+Shift+Z" };

  const button = (name) => {
    const element = h("button", { type: "button", class: "button dense icon", "aria-label": t(`history.${name}`), "data-keep": name, onclick: () => element.getAttribute("aria-disabled") !== "true" && travel[name]() }, icon(name));
    context.select((state) => `${state.status[name]}|${state.spec?.data.name}`, (_, { status, spec }) => {
      const kind = status[name];
      setAttribute(element, "aria-disabled", kind === null);
      const words = kind === null || !spec ? t(`history.nothing_${name}`) : t(`history.${name}_what`, { what: changeName(context, kind), keys: keys[name] });
      setAttribute(element, "title", words);
      setAttribute(element, "aria-description", words);
    });
    return element;
  };

  const input = h("input", { class: "input", type: "number", inputmode: "numeric", step: 1, min: 0, autocomplete: "off", "data-keep": "to-step" });
  const problem = h("p", { class: "problem", role: "alert", id: "to-step-problem" });
  const head = () => furthest(store.get());
  let typing = false;
  // while it plays the read-out tells the step; a field that ran along could not be typed into, and one that stood still would lie
  const present = ({ status, frame }) => (status.state === "playing" ? null : frame?.step ?? 0);
  const show = (step) => {
    if (!typing && document.activeElement !== input) input.value = step === null ? "" : String(step);
  };
  const complain = (words) => {
    problem.textContent = words;
    setAttribute(input, "aria-invalid", Boolean(words));
    if (words) input.setAttribute("aria-describedby", problem.id);
    else input.removeAttribute("aria-describedby");
  };
  const go = () => {
    if (!typing) return;
    const step = Number(input.value);
    if (input.value.trim() === "" || !Number.isInteger(step) || step < 0 || step > head()) return complain(t("history.no_such_step", { head: integer(head()) }));
    typing = false;
    complain("");
    travel.seek(step);
  };
  input.addEventListener("input", () => {
    typing = true;
    complain("");
  });
  input.addEventListener("change", go);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go();
    if (event.key !== "Escape") return;
    typing = false;
    complain("");
    input.value = String(present(store.get()) ?? "");
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    typing = false;
    complain("");
    show(present(store.get()));
  });
  context.select(present, show);

  return h("div", { class: "history", "data-view": "history", role: "group", "aria-label": t("history.label") },
    h("label", { class: "to-step" }, h("span", {}, t("history.to_step")), input, problem),
    button("undo"), button("redo"));
}
