// @ts-check
/** A step to take along: as a program in a dialog, to be copied or downloaded, and as a sheet of paper on a page of its own. */
import { h, icon, setAttribute, setText } from "../dom.js";

const FORMATS = { numpy: "NumPy", pytorch: "PyTorch", micrograd: "micrograd" };

/**
 * @param {any} context  of the walkthrough page
 * @returns {any[]}  the buttons "As code" and "Exercise sheet", and the dialog of the first
 */
export function exportButtons(context) {
  const { t } = context;
  const code = codeDialog(context);
  const sheet = h("a", { class: "button dense", target: "_blank", rel: "noopener", "data-keep": "sheet" }, t("walk.export.sheet"));
  context.select((state) => state.walk, (walk) => setAttribute(sheet, "href", walk ? sheetAddress(walk.source, context.language) : "/walkthrough/sheet"));
  return [
    h("button", { type: "button", class: "button dense", "data-keep": "as-code", "aria-haspopup": "dialog", onclick: code.open }, t("walk.export.code")),
    sheet,
    code.element,
  ];
}

const sheetAddress = (source, language) => `/walkthrough/sheet?${new URLSearchParams({ source: JSON.stringify(source), language })}`;

function codeDialog(context) {
  const { t, store } = context;
  let format = "numpy";
  let asked = 0;
  const text = h("code", { lang: "en", translate: "no" });
  const status = h("p", { class: "hint", role: "status" });
  const formats = Object.entries(FORMATS).map(([name, label]) => h("button", { type: "button", "data-format": name, onclick: () => show(name) }, label));
  const copy = h("button", { type: "button", class: "button filled", onclick: copyText }, t("walk.export.copy"));
  const download = h("a", { class: "button", role: "button", tabindex: 0 }, t("walk.export.download"));
  const element = h("dialog", { class: "code-dialog", "aria-label": t("walk.export.title"), "data-own-keys": "" },
    h("header", {},
      h("h2", {}, t("walk.export.title")),
      h("div", { class: "segmented", role: "group", "aria-label": t("walk.export.format") }, formats),
      h("button", { type: "button", class: "button icon round", "aria-label": t("walk.export.close"), onclick: () => element.close() }, icon("close"))),
    h("p", { class: "hint" }, t("walk.export.hint")),
    h("pre", { tabindex: 0, role: "region", "aria-label": t("walk.export.program"), "data-testid": "walk-code" }, text),
    h("footer", {}, status, download, copy));
  element.addEventListener("click", (event) => {
    if (event.target === element) element.close(); // beside the dialog
  });

  async function show(name) {
    format = name;
    for (const button of formats) setAttribute(button, "aria-pressed", button.dataset.format === name);
    setText(status, "");
    setAttribute(element, "aria-busy", true);
    const own = ++asked;
    const program = await fetchProgram(t, store.get().walk.source, name);
    if (own !== asked) return; // another one has been asked for since
    setAttribute(element, "aria-busy", false);
    setText(text, program.text);
    setText(status, program.problem);
    for (const button of [copy, download]) setAttribute(button, "aria-disabled", program.text === "");
    URL.revokeObjectURL(download.href);
    download.href = URL.createObjectURL(new Blob([program.text], { type: "text/x-python" }));
    download.download = `backprop_step_${name}.py`;
  }

  async function copyText() {
    if (!text.textContent) return;
    let outcome = "walk.export.copied";
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      outcome = "walk.export.copy_failed"; // no permission, or not a secure context on the class network
      getSelection()?.selectAllChildren(text);
    }
    setText(status, t(outcome));
  }

  return {
    element,
    open() {
      element.showModal();
      show(format);
    },
  };
}

/** @returns {Promise<{text: string, problem: string}>} */
async function fetchProgram(t, source, format) {
  try {
    const response = await fetch("/api/walks/code", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ source, format }) });
    if (response.ok) return { text: await response.text(), problem: "" };
    const { error } = await response.json();
    return { text: "", problem: t("walk.export.failed", { reason: error.message }) };
  } catch {
    return { text: "", problem: t("walk.export.failed", { reason: t("walk.export.unreachable") }) };
  }
}
