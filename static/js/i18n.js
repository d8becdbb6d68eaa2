// @ts-check
/** Words: t("net.layer", {number: 2}). A missing word throws, so that no page ever shows a key. */

export const LANGUAGES = { en: { label: "EN", name: "English", tag: "en" }, zh: { label: "中文", name: "简体中文", tag: "zh-CN" } };

const find = (words, key) => key.split(".").reduce((node, part) => node?.[part], words);

/** More words into a tree of them. @param {Record<string, any>} words @param {Record<string, any>} more */
export function addWords(words, more) {
  for (const [key, value] of Object.entries(more)) {
    if (typeof value === "object" && typeof words[key] === "object") addWords(words[key], value);
    else words[key] = value;
  }
  return words;
}

/**
 * @param {Record<string, any>} words
 * @returns {(key: string, params?: Record<string, any>) => string}
 */
export function createTranslator(words) {
  return (key, params = {}) => {
    let text = find(words, key);
    if (text && typeof text === "object") text = params.count === 1 ? text.one : text.other;
    if (typeof text !== "string") throw new Error(`no words for "${key}"`);
    return text.replace(/\{(\w+)\}/g, (_, name) => {
      if (!(name in params)) throw new Error(`"${key}" needs {${name}}`);
      return String(params[name]);
    });
  };
}

/** The same, but says whether there are words at all: class names and inputs of a data set may be plain numbers. */
export const hasWords = (words, key) => typeof find(words, key) === "string";
