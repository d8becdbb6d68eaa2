/** The words of the pages, as the browser gets them: by part, or all parts of a language as one tree. */
import { readFileSync, readdirSync } from "node:fs";
import { addWords } from "../../static/js/i18n.js";

const folder = (code) => new URL(`../../static/locales/${code}/`, import.meta.url);

/** @returns {Record<string, any>} every file by its name */
export const readParts = (code) => Object.fromEntries(readdirSync(folder(code)).sort().map((name) => [name.replace(".json", ""), JSON.parse(readFileSync(new URL(name, folder(code)), "utf8"))]));

export const readWords = (code) => Object.values(readParts(code)).reduce(addWords, {});
