// @ts-check
/** k-fold cross-validation: how many folds and epochs, how far it has come, and what each fold says. Closing it ends it. */
import { foldStrip } from "../charts/fold-strip.js";
import { createDialog } from "../dialog.js";
import { h, setAttribute, setText } from "../dom.js";
import { allowedText } from "../fields.js";
import { decimal, integer, lossText, percent } from "../format.js";
import { readLines } from "../json-lines.js";

const BOUNDS = { folds: { minimum: 2, maximum: 20, usual: 5 }, epochs: { minimum: 1, maximum: 1000, usual: 20 } };

/** @param {any} context */
export function openFolds(context) {
  const { t } = context;
  /** @type {AbortController|null} */
  let work = null;
  const problem = h("p", { class: "problem", role: "alert" });
  const fields = Object.entries(BOUNDS).map(([name, { minimum, maximum, usual }]) => {
    const input = h("input", { class: "input", id: `folds-${name}`, type: "number", inputmode: "numeric", min: minimum, max: maximum, step: 1, value: usual });
    return { name, input, element: h("span", { class: "folds-field" }, h("label", { for: input.id }, t(`folds.${name}`)), input) };
  });
  const start = h("button", { class: "button filled" }, t("folds.start")); // Enter in a field presses it
  const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": t("folds.progress") });
  const words = h("p", { class: "hint", role: "status" });
  const results = h("div", { class: "folds-results" });
  const dialog = createDialog(context, { name: "folds", title: t("folds.title"), close: t("folds.close"), className: "own-dialog folds" },
    h("div", { class: "own-dialog-body" },
      h("p", { class: "folds-words" }, t("folds.what")),
      h("form", { class: "folds-form", novalidate: true, onsubmit: (event) => { event.preventDefault(); if (work) stop(); else run(); } }, fields.map(({ element }) => element), start),
      problem, bar, words, results));
  dialog.addEventListener("close", () => work?.abort());
  dialog.showModal();

  function stop() {
    work?.abort();
    setText(words, t("folds.stopped"));
  }

  async function run() {
    const asked = Object.fromEntries(fields.map(({ name, input }) => [name, input.valueAsNumber]));
    for (const { name, input } of fields) setAttribute(input, "aria-invalid", !Number.isInteger(asked[name]));
    const wrong = fields.find(({ name }) => !Number.isInteger(asked[name]));
    if (wrong) return setText(problem, allowedText(t, { type: "integer", ...BOUNDS[wrong.name] }));
    setText(problem, "");
    setText(words, "");
    results.replaceChildren();
    const mine = work = new AbortController();
    setText(start, t("folds.cancel"));
    bar.hidden = false;
    bar.removeAttribute("value");
    try {
      await read(context.sessionId(), asked, mine.signal, show);
    } catch (error) {
      if (mine.signal.aborted) return undefined;
      if (error.allowed) fields.forEach(({ name, input }) => setAttribute(input, "aria-invalid", name === error.field));
      setText(problem, error.allowed ? allowedText(t, error.allowed) : t("folds.failed", { message: error.message }));
    } finally {
      if (work === mine) {
        work = null;
        bar.hidden = true;
        setText(start, t("folds.start"));
      }
    }
    return undefined;
  }

  function show(line) {
    const { folds, epochs, fold, epoch, done, summary } = line;
    setAttribute(bar, "value", ((summary ? folds : fold - 1 + Math.min(1, epoch / epochs)) / folds).toFixed(3));
    setText(words, summary ? t("folds.done", { folds: integer(folds), epochs: integer(epochs) }) : t("folds.at", { fold: integer(fold), folds: integer(folds), epoch: integer(Math.floor(epoch)), epochs: integer(epochs) }));
    if (done.length && (summary || results.dataset.done !== String(done.length))) {
      results.dataset.done = String(done.length);
      results.replaceChildren(...tell(context, line));
    }
  }
}

/** The lines of the answer, each as it comes. Throws what is refused. */
async function read(session, asked, signal, tell) {
  const answer = await fetch(`/api/sessions/${encodeURIComponent(session ?? "")}/folds`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(asked), signal });
  if (!answer.ok || !answer.body) {
    const { error } = await answer.json();
    throw Object.assign(new Error(error.message), error);
  }
  for await (const line of readLines(answer)) tell(line);
}

/** A row for each fold, and all of them put together. */
function tell(context, { done, summary }) {
  const { t } = context;
  const score = done.some(({ metrics }) => "validation_accuracy" in metrics) ? "accuracy" : "r2";
  const write = { loss: (value) => (value === null ? "–" : lossText(value)), accuracy: (value) => (value === null ? "–" : percent(value)), r2: (value) => (value === null ? "–" : decimal(value, 3)) };
  const columns = [["train", "loss"], ["validation", "loss"], ["train", score], ["validation", score]];
  const name = ([part, what]) => `${part}_${what}`;
  const cells = (metrics) => columns.map((column) => h("td", { "data-value": metrics[name(column)] ?? "" }, write[column[1]](metrics[name(column)] ?? null)));
  const rows = done.map(({ fold, train_rows: train, validation_rows: held, metrics }) => h("tr", {}, h("th", { scope: "row" }, t("folds.fold", { number: fold })), h("td", {}, integer(train)), h("td", {}, integer(held)), cells(metrics)));
  const total = summary && [["mean", summary.mean], ["spread", summary.spread]].map(([what, metrics]) => h("tr", { class: "folds-sum", "data-testid": `folds-${what}` }, h("th", { scope: "row", colspan: 3 }, t(`folds.${what}`)), cells(metrics)));
  const table = h("table", { class: "folds-table" },
    h("thead", {}, h("tr", {}, ["fold_head", "train_rows", "held_out", "train_loss", "validation_loss", `train_${score}`, `validation_${score}`].map((key) => h("th", { scope: "col" }, t(`folds.${key}`))))),
    h("tbody", {}, rows, total));
  const scroll = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("folds.title") }, table);
  if (!summary) return [scroll];
  const strips = columns.filter(([part]) => part === "validation").map((column) => {
    const key = name(column);
    const strip = foldStrip(done.map(({ metrics }) => metrics[key] ?? null), { mean: summary.mean[key] ?? null, spread: summary.spread[key] ?? null }, 360, write[column[1]]);
    const words = `${write[column[1]](summary.mean[key] ?? null)} ± ${write[column[1]](summary.spread[key] ?? null)}`;
    setAttribute(strip, "aria-label", `${t(`folds.${key}`)}: ${words}`);
    return h("figure", {}, h("figcaption", {}, t(`folds.${key}`), " ", h("b", {}, words)), strip);
  });
  const broken = done.filter(({ metrics }) => metrics.validation_loss === null).length;
  return [h("div", { class: "folds-strips" }, strips), scroll, ...(broken ? [h("p", { class: "problem" }, t("folds.diverged", { count: broken }))] : [])];
}
