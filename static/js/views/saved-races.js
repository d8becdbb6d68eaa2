// @ts-check
/** Races that are kept under a name, on surfaces and of nets: this one kept, others opened, renamed, let go. */
import { createDialog } from "../dialog.js";
import { h, icon, setAttribute, setText } from "../dom.js";
import { getJson } from "../page.js";

const LONGEST_NAME = 64;
const json = (method, body) => ({ method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const ask = (path, options) => getJson(`/api/saved-races${path}`, options).catch(() => ({ ok: false, status: 0, body: null }));

/** @param {any} context @param {"surface"|"net"} kind  of the race that is open */
export function openSavedRaces(context, kind) {
  const { t, language } = context;
  const said = h("p", { class: "hint", role: "status" });
  const list = h("ul", { class: "saved-list" });
  const name = h("input", { class: "input saved-new", maxlength: LONGEST_NAME, autocomplete: "off", spellcheck: "false", id: "saved-race-name" });
  const form = h("form", { class: "saved-form", onsubmit: async (event) => {
    event.preventDefault();
    const wanted = name.value.trim();
    if (!wanted) return name.focus();
    const answer = await ask("", json("POST", { name: wanted, kind, state: { address: context.fullAddress() } }));
    if (!answer.ok) return fail(answer);
    setText(said, t("races.done", { name: wanted }));
    return read();
  } }, h("label", { for: "saved-race-name" }, t("races.name")), name, h("button", { type: "submit", class: "button filled" }, t("races.save")));
  const dialog = createDialog(context, { name: "saved-races", title: t("races.title"), close: t("races.close"), className: "own-dialog saved-dialog" }, h("div", { class: "own-dialog-body" }, form, said, list));
  dialog.showModal();
  name.focus();
  read();

  function fail(answer) {
    setText(said, t(answer.body?.error?.code === "not_kept" ? "races.not_kept" : "races.failed"));
  }
  async function read() {
    const answer = await ask("");
    if (!answer.ok) return fail(answer);
    return list.replaceChildren(...(answer.body.races.length ? answer.body.races.map(row) : [h("li", { class: "hint" }, t("races.none"))]));
  }

  function row(race) {
    const where = `/${encodeURIComponent(race.id)}`;
    const title = h("input", { class: "input run-name", readonly: !race.mine, value: race.name, maxlength: LONGEST_NAME, autocomplete: "off", spellcheck: "false", "aria-label": t("races.name_of", { name: race.name }) });
    title.addEventListener("change", async () => {
      const wanted = title.value.trim();
      if (wanted && wanted !== race.name) {
        const answer = await ask(where, json("PATCH", { name: wanted }));
        if (answer.ok) race.name = wanted;
        else fail(answer);
      }
      title.value = race.name;
    });
    title.addEventListener("keydown", (event) => {
      if (event.key === "Enter") title.blur();
      if (event.key !== "Escape") return;
      event.preventDefault(); // the dialog stays open
      title.value = race.name;
    });
    const open = h("a", { class: "button dense", href: `/optimizers#${race.state.address ?? ""}`, "aria-label": t("races.open_named", { name: race.name }), onclick: () => dialog.close() }, t("races.open"));
    const drop = h("button", { type: "button", class: "button dense icon run-drop" }, icon("remove"));
    let sure = false; // the second click lets it go
    const sayDrop = () => {
      drop.replaceChildren(sure ? t("races.drop_yes") : icon("remove"));
      drop.classList.toggle("sure", sure);
      for (const attribute of ["aria-label", "title"]) setAttribute(drop, attribute, t(sure ? "races.drop_sure" : "races.drop", { name: race.name }));
    };
    const settle = (value) => {
      sure = value;
      sayDrop();
    };
    drop.addEventListener("click", async () => {
      if (!sure) return settle(true);
      const answer = await ask(where, { method: "DELETE" });
      if (!answer.ok) fail(answer);
      name.focus(); // this button is about to go
      return read();
    });
    drop.addEventListener("blur", () => settle(false));
    sayDrop();
    const date = new Date(race.made * 1000).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
    return h("li", { class: "saved-run" }, h("div", { class: "run-words" }, title, h("p", { class: "hint" }, t(`races.kinds.${race.kind}`, { date }))), h("div", { class: "run-actions" }, open, race.mine && drop));
  }
}
