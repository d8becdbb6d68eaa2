// @ts-check
/** Runs that are kept under a name: this one saved, others opened here or in a tab of their own, renamed, taken along, let go. */
import { createDialog } from "../dialog.js";
import { h, icon, setAttribute, setText } from "../dom.js";
import { integer, lossText } from "../format.js";
import { getJson } from "../page.js";

const LONGEST_NAME = 64;
const json = (method, body) => ({ method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const ask = (path, options) => getJson(`/api/saved${path}`, options).catch(() => ({ ok: false, status: 0, body: null }));

/** @param {any} context */
export function openSaved(context) {
  const { t, store, language } = context;
  const said = h("p", { class: "hint", role: "status" });
  const list = h("ul", { class: "saved-list" });
  const { runs } = store.get();
  const current = runs.runs.find(({ id }) => id === runs.current);
  const name = h("input", { class: "input saved-new", maxlength: LONGEST_NAME, autocomplete: "off", spellcheck: "false", id: "saved-name", value: current?.name ?? "" });
  const form = h("form", { class: "saved-form", onsubmit: async (event) => {
    event.preventDefault();
    const wanted = name.value.trim();
    if (!wanted) return name.focus();
    const answer = await ask("", json("POST", { session: context.sessionId(), name: wanted }));
    if (!answer.ok) return fail(answer);
    setText(said, t("saved.done", { name: wanted }));
    return read();
  } }, h("label", { for: "saved-name" }, t("saved.name")), name, h("button", { type: "submit", class: "button filled" }, t("saved.save")));
  const dialog = createDialog(context, { name: "saved", title: t("saved.title"), close: t("saved.close"), className: "own-dialog saved-dialog" }, h("div", { class: "own-dialog-body" }, form, said, list));
  dialog.showModal();
  name.focus();
  name.select();
  read();

  function fail({ status, body }) {
    const code = body?.error?.code;
    setText(said, t(code === "not_kept" ? "saved.not_kept" : code === "unknown_run" ? "saved.gone" : code === "not_yours" ? "saved.not_yours" : status ? "saved.failed" : "saved.unreachable"));
  }

  async function read() {
    const answer = await ask("");
    if (!answer.ok) return fail(answer);
    return list.replaceChildren(...(answer.body.runs.length ? answer.body.runs.map(row) : [h("li", { class: "hint" }, t("saved.none"))]));
  }

  function row(run) {
    const where = `/${encodeURIComponent(run.id)}`;
    const title = h("input", { class: "input run-name", readonly: !run.mine, value: run.name, maxlength: LONGEST_NAME, autocomplete: "off", spellcheck: "false", "aria-label": t("saved.name_of", { name: run.name }) });
    title.addEventListener("change", async () => {
      const wanted = title.value.trim();
      if (!wanted || wanted === run.name) {
        title.value = run.name;
        return;
      }
      const answer = await ask(where, json("PATCH", { name: wanted }));
      if (answer.ok) run.name = wanted;
      else fail(answer);
      title.value = run.name;
    });
    title.addEventListener("keydown", (event) => {
      if (event.key === "Enter") title.blur();
      if (event.key !== "Escape") return;
      event.preventDefault(); // the dialog stays open
      title.value = run.name;
    });
    const here = h("button", { type: "button", class: "button dense", "aria-label": t("saved.open_named", { name: run.name }), onclick: async () => {
      const answer = await ask(`${where}/open`, json("POST", { session: context.sessionId() }));
      if (answer.ok) dialog.close();
      else fail(answer);
    } }, t("saved.open"));
    const tab = h("a", { class: "button dense", target: "_blank", rel: "noopener", href: `/#saved=${encodeURIComponent(run.id)}` }, t("saved.open_tab"));
    const file = h("a", { class: "button dense icon", href: `/api/saved${where}/file`, download: "", "aria-label": t("saved.download", { name: run.name }), title: t("saved.download", { name: run.name }) }, icon("download"));
    const drop = h("button", { type: "button", class: "button dense icon run-drop" }, icon("remove"));
    let sure = false; // the second click lets it go
    const sayDrop = () => {
      const words = t(sure ? "saved.drop_sure" : "saved.drop", { name: run.name });
      drop.replaceChildren(sure ? t("saved.drop_yes") : icon("remove"));
      drop.classList.toggle("sure", sure);
      setAttribute(drop, "aria-label", words);
      setAttribute(drop, "title", words);
    };
    drop.addEventListener("click", async () => {
      if (sure) {
        const answer = await ask(where, { method: "DELETE" });
        if (!answer.ok) fail(answer);
        name.focus(); // this button is about to go
        return read();
      }
      sure = true;
      return sayDrop();
    });
    drop.addEventListener("blur", () => {
      sure = false;
      sayDrop();
    });
    sayDrop();
    const date = new Date(run.made * 1000).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
    return h("li", { class: "saved-run" },
      h("div", { class: "run-words" }, title, h("p", { class: "hint" }, t("saved.about", { data: context.label("datasets", run.spec.data.name), step: integer(run.step), train: lossText(run.train_loss), test: lossText(run.test_loss), date }))),
      h("div", { class: "run-actions" }, here, tab, file, run.mine && drop));
  }
}
