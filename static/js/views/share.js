// @ts-check
/** A link to what is on the screen: with settings alone or with weights and step, and for a lesson with parts locked or hidden. */
import { createDialog } from "../dialog.js";
import { h, setText } from "../dom.js";
import { integer } from "../format.js";
import { GROUPS, groupsOf } from "../lesson.js";
import { getJson } from "../page.js";

const CARRIES = ["settings", "state"];
const WAYS = ["open", "lock", "hide"];

/** @param {any} context */
export function openShare(context) {
  const { t, store } = context;
  const lesson = groupsOf(store.get().ui.lesson);
  const ways = Object.fromEntries(GROUPS.map((name) => [name, lesson.hide.includes(name) ? "hide" : lesson.lock.includes(name) ? "lock" : "open"]));
  let carries = "settings";
  /** What the server gave for the state, and how it stands. @type {{step: number, link: string|null, shared: string|null}|null} */
  let state = null;

  const radio = (name, value, words, checked, onchange) => h("label", { class: "check" }, h("input", { type: "radio", name, value, checked, onchange }), h("span", {}, words));
  const choice = h("fieldset", { class: "share-carries" }, h("legend", {}, t("share.carries")), CARRIES.map((value) => radio("share-carries", value, t(`share.${value}`), value === carries, async () => {
    carries = value;
    await ask();
    show();
  })));
  const group = (name) => h("tr", {}, h("th", { scope: "row" }, t(`lesson.groups.${name}`)), WAYS.map((way) => h("td", {}, h("input", { type: "radio", name: `share-${name}`, value: way, checked: ways[name] === way, "aria-label": `${t(`lesson.groups.${name}`)}: ${t(`share.${way}`)}`, onchange: () => {
    ways[name] = way;
    show();
  } }))));
  const details = h("details", { class: "share-lesson", open: Object.values(ways).some((way) => way !== "open") }, h("summary", {}, t("share.lesson")), h("p", { class: "hint" }, t("share.lesson_hint")),
    h("table", {}, h("thead", {}, h("tr", {}, h("td", {}), WAYS.map((way) => h("th", { scope: "col" }, t(`share.${way}`))))), h("tbody", {}, GROUPS.map(group))));
  const field = h("input", { class: "input share-link", readonly: true, "aria-label": t("share.link"), "data-testid": "share-link", onfocus: () => field.select() });
  const hint = h("p", { class: "hint", role: "status" });
  const copy = h("button", { type: "button", class: "button filled", onclick: async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      setText(hint, t("share.copied"));
    } catch {
      field.focus(); // no permission, or not a secure context on the class network
      setText(hint, t("share.by_hand"));
    }
  } }, t("share.copy"));
  const dialog = createDialog(context, { name: "share", title: t("share.title"), close: t("share.close"), className: "own-dialog share-dialog" }, h("div", { class: "own-dialog-body" }, choice, details), h("footer", {}, field, copy, hint));
  show();
  dialog.showModal();
  copy.focus();

  /** The state as it is now; each time anew, since a run may go on. */
  async function ask() {
    state = null;
    if (carries !== "state") return;
    setText(hint, t("share.asking"));
    const { ok, body } = await getJson(`/api/sessions/${encodeURIComponent(context.sessionId())}/share`, { method: "POST" }).catch(() => ({ ok: false, body: null }));
    if (ok) state = body;
    else setText(hint, body?.error?.code === "not_kept" ? t("share.not_kept") : t("share.failed"));
  }

  function show() {
    const named = (way) => GROUPS.filter((name) => ways[name] === way).join(",");
    const carried = state?.link ? `run=${state.link}` : state?.shared ? `shared=${state.shared}` : "";
    const parts = [context.settingsAddress(), carried, ...["lock", "hide"].map((way) => named(way) && `${way}=${named(way)}`)].filter(Boolean);
    field.value = `${location.origin}${location.pathname}${parts.length ? "#" : ""}${parts.join("&")}`;
    copy.disabled = carries === "state" && !state;
    if (carries === "settings") setText(hint, t("share.settings_hint"));
    else if (state) setText(hint, state.link ? t("share.state_hint", { step: integer(state.step), length: integer(field.value.length) }) : t("share.shared_hint", { step: integer(state.step) }));
  }
}
