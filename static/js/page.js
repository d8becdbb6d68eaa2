// @ts-check
/** What every page has: words in a language that can be changed, a theme, views that are mounted together and end together. */
import { LANGUAGES, addWords, createTranslator, hasWords } from "./i18n.js";
import { isTouch } from "./mode.js";
import { readColors, remember, setTheme } from "./theme.js";

/** A JSON answer with its status: {ok, status, body}; the body is null where there is none; a 429 says in how many seconds there is room. */
export async function getJson(url, options) {
  const response = await fetch(url, options);
  const body = response.status === 204 ? null : await response.json();
  return { ok: response.ok, status: response.status, body, seconds: response.status === 429 ? Number(response.headers.get("retry-after")) : 0 };
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

const fetchWords = async (code, part) => (await getJson(`${document.body.dataset.staticRoot}/locales/${code}/${part}.json`)).body;

/**
 * @param {any} store  whose state has ui.theme and takes {type: "ui", changes}
 * @param {(context: any) => Element[]} build  the page's views
 * @param {string[]} parts  the files of words that they need from the start; what comes later brings its own by loadWords
 * @returns {Promise<any>}  the context that views are given: store, t, language, words, loadWords, label, colors, select, onDispose,
 *   scope, setTheme, setLanguage; mount() builds the page anew
 */
export async function createPage(store, build, parts) {
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  let language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  /** @type {Map<string, Promise<any>>} */
  let loading = new Map();
  /** @type {Record<string, any>} */
  let words = {};
  let t = createTranslator(words);
  let colors = readColors();
  /** @type {(() => void)[]} */
  let disposers = [];

  /** Views keep the translator they were given: words that come later come into the same tree. */
  async function loadWords(...names) {
    const parts = loading;
    for (const name of names) {
      if (!parts.has(name)) parts.set(name, fetchWords(language, name));
      parts.get(name)?.catch(() => parts.delete(name)); // the server was away: asked again the next time
    }
    const found = await Promise.all(names.map((name) => parts.get(name)));
    if (parts !== loading) await loadWords(...names); // the language has been changed meanwhile
    else for (const part of found) addWords(words, part);
  }
  await Promise.all([loadWords("app", ...parts), isTouch() ? loadStyle("touch") : null]);

  const context = {
    store,
    root,
    get t() { return t; },
    get language() { return language; },
    words: () => words,
    loadWords,
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
      const names = [...loading.keys()];
      const found = await Promise.all(names.map((name) => fetchWords(code, name)));
      loading = new Map(names.map((name, at) => [name, Promise.resolve(found[at])]));
      words = found.reduce(addWords, {});
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
