// @ts-check
/** A table, before it is used: what was found in the file, which columns are inputs, which one is learnt, and what is done with gaps. */
import { miniHistogram } from "../charts/data-charts.js";
import { createDialog } from "../dialog.js";
import { h, setText } from "../dom.js";
import { integer, tickText } from "../format.js";
import { getJson } from "../page.js";

const MOST_LABELS = 10;
const USUAL_INPUTS = 8;

/**
 * @param {any} context
 * @param {{file?: File, id?: string}} source  a file to be read, or a table the server has
 */
export async function openTable(context, { file, id }) {
  const { t } = context;
  const title = h("span", {}, file?.name ?? t("own.table.title"));
  const body = h("div", { class: "own-dialog-body" }, h("p", { class: "hint" }, t("own.table.reading")));
  const problem = h("p", { class: "problem", role: "alert" });
  const use = h("button", { type: "button", class: "button filled", disabled: true }, t("own.table.use"));
  const dialog = createDialog(context, { name: "table", title, close: t("own.table.close"), isKept: true },
    body,
    h("footer", {}, problem, h("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("own.table.cancel")), use));
  dialog.showModal();

  const { table, error } = await (file ? send(file) : receive(id));
  if (!table) {
    body.replaceChildren(h("p", { class: "file-problem" }, errorText(t, error)), h("p", { class: "hint" }, t("own.table.kept")));
    use.remove();
    return;
  }
  setText(title, table.id === "houses" ? t("own.table.houses") : table.name);
  const { spec } = context.store.get();
  const choice = chooser(context, table, spec.data.name === "table" && spec.data.table === table.id ? spec.data : {});
  body.replaceChildren(...choice.elements);
  use.disabled = false;
  use.addEventListener("click", async () => {
    setText(problem, "");
    const wanted = choice.read();
    if (!wanted.features.length) return setText(problem, t("own.table.no_input"));
    const answer = await context.set({ data: wanted }, "data.table", wanted.table);
    if (answer?.type === "error") return setText(problem, refusalText(t, answer));
    return dialog.close();
  });
}

async function send(file) {
  try {
    const { ok, body } = await getJson(`/api/tables?name=${encodeURIComponent(file.name)}`, { method: "POST", headers: { "content-type": "text/csv" }, body: file });
    return ok ? { table: body } : { error: body.error };
  } catch {
    return { error: { code: "unreachable" } };
  }
}

async function receive(id) {
  try {
    const { ok, body } = await getJson(`/api/tables/${encodeURIComponent(id)}`);
    return ok ? { table: body } : { error: body.error };
  } catch {
    return { error: { code: "unreachable" } };
  }
}

/** Why a file cannot be used, with the line. */
export function errorText(t, error) {
  const reason = error.allowed?.reason;
  if (reason) return t(`own.errors.${reason}`, { line: "?", column: "?", ...error.allowed });
  if (error.code === "too_large") return t("own.errors.too_large", { most: Math.round(error.allowed.maximum / 1e6) });
  return t(error.code === "unknown_table" ? "own.errors.gone" : error.code === "unreachable" ? "own.errors.unreachable" : "own.errors.unusable");
}

/** Why the choices of columns were refused. */
function refusalText(t, answer) {
  const known = { "data.missing": "few_rows", "data.target": "target", "data.task": "task", "data.features": "features", "data.table": "gone" };
  return t(`own.errors.${known[answer.field] ?? "unusable"}`);
}

/** What can be learnt from a column; the first is what the server takes by itself. */
export function tasksOf({ kind, distinct }) {
  const tasks = [];
  if (distinct === 2) tasks.push("binary");
  if (distinct > 2 && distinct <= MOST_LABELS) tasks.push("multiclass");
  if (kind === "number" && distinct > 0) tasks.push("regression");
  return tasks;
}

/** The column one most likely wants to learn: the last with names of classes, else the last of numbers. */
export function likelyTarget(columns) {
  const last = (fits) => columns.filter(fits).at(-1)?.name;
  return last(({ kind, distinct }) => kind === "text" && distinct >= 2 && distinct <= MOST_LABELS) ?? last(({ kind, distinct }) => kind === "number" && distinct > 0);
}

function chooser(context, table, chosen) {
  const { t } = context;
  const { columns, found } = table;
  const byName = (name) => columns.find((column) => column.name === name);
  let target = chosen.target ?? likelyTarget(columns);
  const isInput = (column) => column.kind === "number" && column.distinct > 0;
  const inputs = new Set(chosen.features ?? columns.filter((column) => isInput(column) && column.name !== target).slice(0, USUAL_INPUTS).map(({ name }) => name));

  const select = (id, label, names, value) => {
    const element = h("select", { class: "select", id: `table-${id}` }, names.map((name) => h("option", { value: name }, t(`own.table.${id}_${name}`))));
    element.value = value;
    return [element, h("div", { class: "field wide" }, h("label", { for: `table-${id}` }, label), element)];
  };
  const [scaling, scalingField] = select("scaling", t("own.table.scaling"), ["standardize", "min_max", "none"], chosen.scaling ?? "standardize");
  const [missing, missingField] = select("missing", t("own.table.missing"), ["drop_row", "mean"], chosen.missing ?? "drop_row");
  const [duplicates, duplicatesField] = select("duplicates", t("own.table.duplicates", { count: table.duplicates }), ["keep", "drop"], chosen.duplicates ?? "keep");
  const task = h("select", { class: "select", id: "table-task" });
  const taskField = h("div", { class: "field wide" }, h("label", { for: "table-task" }, t("own.table.task")), task);

  const rows = columns.map((column) => {
    const { name } = column;
    const check = isInput(column) ? h("input", { type: "checkbox", "aria-label": t("own.table.as_input", { name }), onchange: () => {
      if (check.checked) inputs.add(name);
      else inputs.delete(name);
    } }) : null;
    const radio = tasksOf(column).length ? h("input", { type: "radio", name: "target", "aria-label": t("own.table.as_target", { name }), onchange: () => {
      target = name;
      inputs.delete(name);
      refresh();
    } }) : null;
    const element = h("tr", {},
      h("td", {}, check), h("td", {}, radio), h("th", { scope: "row" }, name), h("td", {}, t(`own.table.kind_${column.kind}`)),
      h("td", {}, miniHistogram(column.histogram)), h("td", { class: "range" }, rangeText(t, column)),
      h("td", { class: `count${column.missing ? " some" : ""}` }, column.missing ? integer(column.missing) : "–"));
    return { column, check, radio, element };
  });
  const refresh = () => {
    for (const { column, check, radio } of rows) {
      if (radio) radio.checked = column.name === target;
      if (!check) continue;
      check.disabled = column.name === target;
      check.checked = inputs.has(column.name) && column.name !== target;
    }
    const tasks = tasksOf(byName(target) ?? { kind: "text", distinct: 0 });
    const before = task.value || chosen.task;
    task.replaceChildren(h("option", { value: "auto" }, t("own.table.task_auto")), ...tasks.map((name) => h("option", { value: name }, t(`own.table.task_${name}`))));
    task.value = tasks.includes(before) ? before : "auto";
  };
  refresh();

  const heads = ["input", "target", "column", "kind", "distribution", "range", "gaps"].map((name) => h("th", { scope: "col" }, t(`own.table.head_${name}`)));
  const preview = h("details", {}, h("summary", {}, t("own.table.preview", { count: table.preview.length })),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("own.table.preview", { count: table.preview.length }) },
      h("table", { class: "plain" }, h("thead", {}, h("tr", {}, columns.map(({ name }) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, table.preview.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell === null ? "–" : String(cell)))))))));
  return {
    elements: [
      h("p", { "data-testid": "found" }, t("own.table.found", { rows: integer(table.rows), columns: columns.length, duplicates: integer(table.duplicates) }), found.delimiter ? h("span", { class: "hint" }, ` ${t("own.table.read_as", { delimiter: t(`own.table.delimiter_${DELIMITERS[found.delimiter] ?? "comma"}`), encoding: found.encoding, header: t(found.header ? "own.table.header" : "own.table.no_header") })}`) : null),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("own.table.columns") }, h("table", { class: "columns-found" }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows.map(({ element }) => element)))),
      h("div", { class: "own-choices" }, taskField, scalingField, missingField, duplicatesField),
      h("p", { class: "hint" }, t("own.table.hint")),
      preview,
    ],
    read: () => ({
      name: "table", table: table.id, target, task: task.value, scaling: scaling.value, missing: missing.value, duplicates: duplicates.value,
      features: columns.map(({ name }) => name).filter((name) => inputs.has(name) && name !== target),
    }),
  };
}

const DELIMITERS = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" };

function rangeText(t, { kind, distinct, min, max, mean, histogram }) {
  if (kind === "text") return `${t("own.table.distinct", { count: distinct })}: ${histogram.labels.slice(0, 3).join(", ")}${distinct > 3 ? " …" : ""}`;
  if (min === null) return "–";
  return mean === null ? `${tickText(min)} … ${tickText(max)}` : t("own.table.range", { min: tickText(min), max: tickText(max), mean: tickText(Number(mean.toPrecision(4))) });
}
