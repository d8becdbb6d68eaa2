// @ts-check
/** Every check of the engine as a row: what was compared, the largest error, what is allowed, whether it passes. */
import { h, s, setAttribute, setText } from "../dom.js";
import { decimal, integer, power } from "../format.js";
import { hasWords } from "../i18n.js";

const GROUPS = ["micrograd", "ops", "optimizers", "schedules"];
const SMALLEST = -17; // powers of ten at the ends of the error scale
const LARGEST = 0;
const WIDTH = 160;

/** @param {any} context  with run(), which asks for the checks again */
export function conformanceView(context) {
  const { t } = context;
  const summary = h("span", { role: "status" });
  const again = h("button", { type: "button", class: "button", "data-keep": "again", onclick: context.run }, t("conformance.again"));
  const tables = new Map(GROUPS.map((group) => [group, table(context, group)]));

  context.select((state) => state.rows, (rows) => {
    for (const [group, { section, body }] of tables) {
      const own = rows.filter((row) => row.group === group);
      if (own.length < body.children.length) body.replaceChildren();
      for (const row of own.slice(body.children.length)) body.append(line(context, row, group));
      section.hidden = own.length === 0;
    }
  });
  context.select((state) => state, ({ rows, state, seconds }) => {
    const failed = rows.filter((row) => !row.passed).length;
    setAttribute(summary, "data-kind", state === "broken" || failed ? "err" : state === "done" ? "ok" : "");
    setText(summary, state === "broken" ? t("conformance.broken")
      : failed ? t("conformance.some_fail", { failed, count: rows.length })
        : state === "done" ? t("conformance.all_pass", { count: rows.length, numbers: integer(rows.reduce((sum, row) => sum + row.compared, 0)), seconds: decimal(seconds, 1) })
          : t("conformance.running", { count: rows.length }));
    setAttribute(again, "aria-disabled", state === "running");
  });

  return h("main", { class: "conformance" },
    h("h2", {}, t("conformance.title")),
    h("p", { class: "lead" }, t("conformance.lead")),
    h("div", { class: "verdict-line" }, summary, again),
    [...tables.values()].map(({ section }) => section));
}

function table({ t }, group) {
  const formulas = group === "ops" || group === "micrograd";
  const head = (name, kind = "") => h("th", { scope: "col", class: kind }, t(`conformance.${name}`));
  const body = h("tbody", {});
  const section = h("section", { class: "checks", "data-group": group, "aria-label": t(`conformance.group_${group}`) },
    h("h3", {}, t(`conformance.group_${group}`)),
    h("p", { class: "hint" }, t(`conformance.about_${group}`)),
    h("div", { class: "table", tabindex: 0 },
      h("table", {},
        h("thead", {}, h("tr", {}, head("name"), formulas && head("formula"), head("compared", "number"), head("error", "number"), head("allowed", "number"), head("scale"), head("verdict"))),
        body)));
  return { section, body };
}

function line({ t, words }, row, group) {
  const note = `conformance.notes.${row.name}`;
  const verdict = row.passed ? `✓ ${t("conformance.pass")}` : `✗ ${t("conformance.fail")}`;
  return h("tr", { "data-passed": String(row.passed), "data-name": row.name },
    h("td", { class: "name" }, row.name, group !== "ops" && hasWords(words(), note) && h("span", { class: "note" }, t(note))),
    (group === "ops" || group === "micrograd") && h("td", { class: "formula" }, formula(row.mathml)),
    h("td", { class: "number" }, integer(row.compared)),
    h("td", { class: "number" }, row.error === null ? "–" : power(row.error)),
    h("td", { class: "number" }, power(row.tolerance, 0)),
    h("td", {}, scale(row)),
    h("td", { class: "verdict" }, verdict));
}

/** MathML from our own server, parsed as XML and adopted: never as the page's HTML. */
function formula(mathml) {
  if (!mathml) return null;
  const parsed = new DOMParser().parseFromString(mathml, "application/xml").documentElement;
  return parsed.localName === "math" ? document.importNode(parsed, true) : null;
}

/** The error as a dot between 10⁻¹⁷ and 1; the tick is what is allowed. */
function scale({ error, tolerance }) {
  const place = (value) => 4 + (WIDTH - 8) * Math.min(1, Math.max(0, (Math.log10(Math.max(value, 1e-300)) - SMALLEST) / (LARGEST - SMALLEST)));
  return s("svg", { class: "error-scale", viewBox: `0 0 ${WIDTH} 14`, "aria-hidden": "true" },
    s("line", { class: "track", x1: 4, x2: WIDTH - 4, y1: 7, y2: 7 }),
    s("line", { class: "limit", x1: place(tolerance), x2: place(tolerance), y1: 2, y2: 12 }),
    error !== null && s("circle", { class: "dot", cx: place(error), cy: 7, r: 3 }));
}
