// @ts-check
/** What every page has: words in a language that can be changed, a theme, views that are mounted together and end together. */
import { LANGUAGES, createTranslator, hasWords } from "./i18n.js";
import { readColors, remember, setTheme } from "./theme.js";

/** A JSON answer with its status: {ok, status, body}; the body is null where there is none. */
export async function getJson(url, options) {
  const response = await fetch(url, options);
  const body = response.status === 204 ? null : await response.json();
  return { ok: response.ok, status: response.status, body };
}

/** A style sheet that a part of a page brings along, loaded once. @param {string} name */
export function loadStyle(name) {
  const href = `${document.body.dataset.staticRoot}/css/${name}.css`;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: resolve, onerror: resolve });
    document.head.append(link);
  });
}

const fetchWords = async (code) => (await getJson(`${document.body.dataset.staticRoot}/locales/${code}.json`)).body;

/**
 * @param {any} store  whose state has ui.theme and takes {type: "ui", changes}
 * @param {(context: any) => Element[]} build  the page's views
 * @returns {Promise<any>}  the context that views are given: store, t, language, words, label, colors, select, onDispose, scope,
 *   setTheme, setLanguage; mount() builds the page anew
 */
export async function createPage(store, build) {
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  let language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  let words = await fetchWords(language);
  let t = createTranslator(words);
  let colors = readColors();
  /** @type {(() => void)[]} */
  let disposers = [];

  const context = {
    store,
    root,
    get t() { return t; },
    get language() { return language; },
    words: () => words,
    colors: () => colors,
    label: (menu, name) => (hasWords(words, `catalog.${menu}.${name}`) ? t(`catalog.${menu}.${name}`) : name),
    select: (slice, render) => disposers.push(store.select(slice, render)),
    onDispose: (dispose) => disposers.push(dispose),
    /** The same context for a part of a view that is built anew while the view stays: dispose() ends what that part selected. */
    scope() {
      const own = [];
      const add = (dispose) => own.push(dispose);
      return Object.assign(Object.create(context), { select: (slice, render) => add(store.select(slice, render)), onDispose: add, dispose: () => own.forEach((end) => end()) });
    },
    setTheme(theme) {
      setTheme(theme);
      colors = readColors();
      store.dispatch({ type: "ui", changes: { theme } });
    },
    async setLanguage(code) {
      if (code === language) return;
      words = await fetchWords(code);
      t = createTranslator(words);
      language = code;
      remember("language", code);
      context.mount();
    },
    mount() {
      const focused = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset?.keep;
      for (const dispose of disposers) dispose();
      disposers = [];
      document.documentElement.lang = LANGUAGES[language].tag;
      document.title = `${t(`pages.${location.pathname.slice(1) || "playground"}`)} · ${t("app.name")}`;
      root.replaceChildren(...build(context));
      if (focused) /** @type {HTMLElement|null} */ (root.querySelector(`[data-keep="${focused}"]`))?.focus();
    },
  };
  return context;
}
