// @ts-check
/** The data of the session, looked at: two columns against one another, histograms, boxes, correlations, and the numbers behind each. */
import { WIDTH, boxChart, drawScatter, heatChart, histogramChart } from "../charts/data-charts.js";
import { createDialog } from "../dialog.js";
import { h, setAttribute } from "../dom.js";
import { integer, signed, tickText } from "../format.js";
import { getJson } from "../page.js";

const TABS = ["scatter", "histogram", "box", "correlation"];
const MOST_ROWS = 200; // of the table behind the scatter plot

/** @param {any} context */
export async function openLook(context) {
  const { t } = context;
  const panel = h("div", { class: "own-dialog-body", id: "look-panel", role: "tabpanel", "aria-labelledby": "look-tab-scatter", tabindex: 0 });
  const tabs = TABS.map((name) => h("button", { type: "button", role: "tab", id: `look-tab-${name}`, "aria-controls": "look-panel", onclick: () => show(name) }, t(`own.look.${name}`)));
  const list = h("div", { class: "segmented", role: "tablist", "aria-label": t("own.look.tabs") }, tabs);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const at = (TABS.findIndex((_, index) => tabs[index] === document.activeElement) + step + TABS.length) % TABS.length;
    show(TABS[at]);
    tabs[at].focus();
  });
  const dialog = createDialog(context, { name: "look", title: t("own.look.title"), close: t("own.table.close"), beside: [list] }, panel);
  dialog.showModal();
  const answer = await getJson(`/api/sessions/${encodeURIComponent(context.sessionId())}/data`).catch(() => ({ ok: false, body: null }));
  if (!answer.ok) return panel.replaceChildren(h("p", { class: "file-problem" }, t("own.errors.unreachable")));
  const data = named(context, answer.body);
  const width = Math.min(WIDTH, Math.max(300, panel.clientWidth - 28));
  const parts = { scatter: () => scatter(context, data), histogram: () => histograms(context, data, width), box: () => boxes(context, data, width), correlation: () => correlations(context, data, width) };

  function show(name) {
    tabs.forEach((tab, index) => {
      setAttribute(tab, "aria-selected", TABS[index] === name);
      tab.tabIndex = TABS[index] === name ? 0 : -1;
    });
    setAttribute(panel, "aria-labelledby", `look-tab-${name}`);
    if (data) panel.replaceChildren(...parts[name]());
  }
  return show("scatter");
}

/** Columns under the names the page has for them. */
const named = (context, data) => ({ ...data, columns: data.columns.map((column) => ({ ...column, name: context.label("features", column.name) })) });

const picker = (label, id, columns, value, onchange) => {
  const select = h("select", { class: "select", id, onchange: () => onchange(Number(select.value)) }, columns.map(({ name }, index) => h("option", { value: index }, name)));
  select.value = String(value);
  return h("span", { class: "picker" }, h("label", { for: id }, label), select);
};

const numbers = (t, caption, heads, rows) => h("details", {}, h("summary", {}, t("own.look.numbers")),
  h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", { class: "plain" }, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell))))))));

const shown = (value) => (value === null || value === undefined ? "–" : tickText(Number(Number(value).toPrecision(5))));

function scatter(context, data) {
  const { t } = context;
  const { columns, values } = data;
  let [across, up] = [0, Math.min(1, columns.length - 1)];
  const canvas = h("canvas", { class: "scatter", role: "img" });
  const behind = h("div", {});
  const draw = () => {
    const names = [columns[across].name, columns[up].name];
    const colors = context.colors();
    setAttribute(canvas, "aria-label", t("own.look.scatter_words", { x: names[0], y: names[1] }));
    drawScatter(canvas, { x: values[across], y: values[up], names, targets: data.y, train: data.train, validation: data.validation, task: data.task, classes: data.classes }, { width: canvas.clientWidth, height: canvas.clientHeight, colors });
    behind.replaceChildren(numbers(t, t("own.look.scatter"), names, values[across].slice(0, MOST_ROWS).map((value, row) => [shown(value), shown(values[up][row])])));
  };
  requestAnimationFrame(draw);
  const some = data.y.length < data.rows ? h("p", { class: "hint" }, t("own.look.thinned", { some: integer(data.y.length), all: integer(data.rows) })) : null;
  return [
    h("div", { class: "row" }, picker(t("own.look.across"), "look-x", columns, across, (index) => { across = index; draw(); }), picker(t("own.look.up"), "look-y", columns, up, (index) => { up = index; draw(); })),
    canvas, ...(some ? [some] : []), behind,
  ];
}

function histograms(context, data, width) {
  const { t } = context;
  const place = h("div", {});
  const draw = (index) => {
    const column = data.columns[index];
    const { edges, labels, counts, others } = column.histogram;
    const chart = histogramChart(column.histogram, column.name, width);
    setAttribute(chart, "aria-label", t("own.look.histogram_words", { name: column.name }));
    const rows = labels ? [...labels.map((label, at) => [label, integer(counts[at])]), ...(others ? [["…", integer(others)]] : [])] : counts.map((count, at) => [`${shown(edges[at])} … ${shown(edges[at + 1])}`, integer(count)]);
    place.replaceChildren(chart, numbers(t, column.name, [column.name, t("own.look.count")], rows));
  };
  draw(0);
  return [h("div", { class: "row" }, picker(t("own.look.column"), "look-column", data.columns, 0, draw)), place];
}

function boxes(context, data, width) {
  const { t } = context;
  const columns = data.columns.filter(({ quartiles }) => quartiles);
  const chart = boxChart(columns, width);
  setAttribute(chart, "aria-label", t("own.look.box_words"));
  const heads = ["column", "min", "q1", "median", "q3", "max", "mean"].map((name) => t(`own.look.${name}`));
  return [chart, h("p", { class: "hint" }, t("own.look.box_hint")), numbers(t, t("own.look.box"), heads, columns.map(({ name, min, quartiles, max, mean }) => [name, ...[min, ...quartiles, max, mean].map(shown)]))];
}

function correlations(context, data, width) {
  const { t } = context;
  const names = data.columns.filter(({ kind }) => kind === "number").map(({ name }) => name);
  const chart = heatChart(names, data.correlation, context.colors(), width);
  setAttribute(chart, "aria-label", t("own.look.correlation_words"));
  const rows = data.correlation.map((row, index) => [names[index], ...row.map((r) => (r === null ? "–" : signed(r)))]);
  return [chart, h("p", { class: "hint" }, t("own.look.correlation_hint")), numbers(t, t("own.look.correlation"), ["", ...names], rows)];
}
