// @ts-check
/** Which inputs the net sees: a small panel that the header of the input column opens. */
import { h } from "./dom.js";
import { help } from "./help.js";

export const INPUTS_PANEL = "inputs-panel";

/**
 * A choice that the data set does not allow is kept on the screen, said to be incomplete, and not sent.
 * @param {any} context
 */
export function createInputsPanel(context) {
  const { t } = context;
  const list = h("div", { class: "choices" });
  const problem = h("p", { class: "problem", role: "alert" });
  const panel = h("div", { class: "inputs-panel", id: INPUTS_PANEL, popover: "auto", role: "group", "aria-label": t("data.inputs") }, h("h3", {}, h("span", { class: "helped" }, t("data.inputs"), help(context, "features", t("data.inputs")))), list, problem);
  panel.addEventListener("toggle", (event) => {
    if (/** @type {any} */ (event).newState !== "open") {
      fill(); // an incomplete choice is dropped
      if (document.activeElement === document.body) /** @type {HTMLElement|null} */ (document.querySelector('[data-keep="choose-inputs"]'))?.focus();
      return;
    }
    const button = document.querySelector(`[popovertarget="${INPUTS_PANEL}"]`)?.getBoundingClientRect();
    if (!button) return;
    panel.style.left = `${Math.max(8, Math.min(innerWidth - panel.offsetWidth - 8, button.left + button.width / 2 - panel.offsetWidth / 2))}px`;
    panel.style.top = `${button.bottom + 6}px`;
  });

  let filled = ""; // for which data set
  /** An incomplete choice outlives the answer to the one before it, which may still be on its way. */
  const refill = () => {
    const isIncomplete = problem.textContent !== "" && panel.matches(":popover-open");
    const { spec } = context.store.get();
    if (spec?.data.name !== filled) fill();
    else if (!isIncomplete) for (const input of list.querySelectorAll("input")) input.checked = spec.data.features.includes(input.name); // one of them may be clicked just now
  };
  const fill = () => {
    const { spec } = context.store.get();
    if (!spec) return;
    filled = spec.data.name;
    const { features } = context.dataset(spec.data.name);
    problem.textContent = "";
    if (features.choices.length === 0) return list.replaceChildren(h("p", { class: "hint" }, t("own.file.inputs_elsewhere")));
    const focused = list.contains(document.activeElement) ? document.activeElement.name : null;
    list.replaceChildren(...features.choices.map(({ name }) => {
      const words = context.label("features", name);
      const input = h("input", { type: "checkbox", name, "aria-label": words, onchange: choose });
      input.checked = spec.data.features.includes(name);
      return h("label", { class: "choice" }, input, h("span", { class: /^(x|sin)/.test(name) ? "variable" : "" }, words));
    }));
    if (focused) list.querySelector(`[name="${focused}"]`)?.focus();
    return undefined;

    function choose() {
      const chosen = features.choices.map(({ name }) => name).filter((name) => list.querySelector(`[name="${name}"]`).checked);
      const allowed = features.allowed_counts;
      if (chosen.length === 0 || (allowed && !allowed.includes(chosen.length))) {
        problem.textContent = allowed ? t("data.inputs_choose", { counts: allowed.join(t("data.or")) }) : t("data.inputs_one");
        return;
      }
      problem.textContent = "";
      context.set({ data: { features: chosen } }, "data.features");
    }
  };
  context.select((state) => state.spec && `${state.spec.data.name} ${state.spec.data.features}`, refill);
  return panel;
}
