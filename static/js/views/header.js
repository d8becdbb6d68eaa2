// @ts-check
/** The bar: name, pages, language, theme, link. */
import { h, icon, s, setAttribute, setText } from "../dom.js";
import { LANGUAGES } from "../i18n.js";

const logo = () =>
  s("svg", { class: "logo", viewBox: "0 0 32 32", "aria-hidden": "true", fill: "none", "stroke-width": 3.2, "stroke-linecap": "round" },
    s("path", { d: "M6 14C9 6 23 6 26 14", stroke: "var(--fwd)" }),
    s("path", { d: "M26 18c-3 8-17 8-20 0", stroke: "var(--bwd)" }),
    s("circle", { cx: 5.5, cy: 16, r: 4, fill: "var(--ink)" }),
    s("circle", { cx: 26.5, cy: 16, r: 4, fill: "var(--ink)" }));

const PAGES = { playground: "/", walkthrough: "/walkthrough", optimizers: "/optimizers", conformance: "/conformance" };

/** The pages side by side; on a phone behind a button. */
function pages({ t }) {
  const links = Object.entries(PAGES).map(([name, path]) =>
    h("a", { href: path, "aria-current": location.pathname === path ? "page" : null }, t(`pages.${name}`)));
  return [
    h("button", { type: "button", class: "button icon pages-button", popovertarget: "pages", "aria-label": t("pages.label") }, icon("menu")),
    h("nav", { class: "pages", id: "pages", popover: "auto", "aria-label": t("pages.label") }, links),
  ];
}

/** @param {any} context @param {Element[]} [more]  what a page adds before the link */
export function headerView(context, more = []) {
  const { t, language } = context;
  const languages = Object.entries(LANGUAGES).map(([code, { label, name, tag }]) =>
    h("button", { type: "button", lang: tag, "aria-label": name, "aria-pressed": code === language, "data-keep": `language-${code}`, onclick: () => context.setLanguage(code) }, label));

  const theme = h("button", { type: "button", class: "button icon", "data-keep": "theme", onclick: () => context.setTheme(context.store.get().ui.theme === "dark" ? "light" : "dark") }, icon("theme"));
  context.select((state) => state.ui.theme, (value) => {
    const words = t(value === "dark" ? "header.theme_to_light" : "header.theme_to_dark");
    setAttribute(theme, "aria-label", words);
    setAttribute(theme, "title", words);
  });

  const words = h("span", { class: "share-words" }, t("header.share"));
  const share = h("button", { type: "button", class: "button", "aria-label": t("header.share"), onclick: context.dialogs?.share ? async () => (await context.dialogs.share()).openShare(context) : copy }, icon("share"), words);
  const spoken = h("span", { class: "visually-hidden", role: "status" });
  async function copy() {
    let outcome = "header.shared";
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {
      outcome = "header.share_failed"; // no permission, or not a secure context on the class network
    }
    setText(words, t(outcome));
    setText(spoken, t(outcome));
    setTimeout(() => {
      setText(words, t("header.share"));
      setText(spoken, "");
    }, 2500);
  }

  return h("header", { class: "bar" },
    h("h1", {}, logo(), h("span", {}, t("app.name"))),
    pages(context),
    h("div", { class: "bar-end" },
      h("div", { class: "segmented", role: "group", "aria-label": t("header.language") }, languages),
      theme, more, share, spoken));
}
