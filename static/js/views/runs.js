// @ts-check
/** The list of runs: what each began with, how far it came; named, gone to, laid over the current curve, let go. */
import { changeName, changeText } from "../changes.js";
import { arrange, h, icon, s, setAttribute, setText } from "../dom.js";
import { integer, lossText } from "../format.js";
import { overlaid, withOverlay } from "../overlays.js";
import { DASHES, laneOf, runName, runOf, worthShowing } from "../runs.js";
import { furthest } from "../travelling.js";

const PANEL = "runs-panel";
const LONGEST_NAME = 64;

/** The ring with a run's number, in its lane. @param {any} context @param {number} id */
function ring(context, id) {
  const mark = h("span", { class: "run-ring", "aria-hidden": "true" }, String(id));
  const line = s("line", { x1: 1, x2: 29, y1: 3, y2: 3, "stroke-width": 2, "stroke-dasharray": DASHES[laneOf(id)].join(" ") || null });
  context.select((state) => `${state.runs.current === id} ${state.ui.theme}`, (_, { runs }) => {
    const color = runs.current === id ? "" : context.colors().lanes[laneOf(id)];
    mark.style.borderColor = color;
    line.style.stroke = color || "currentColor";
    line.style.strokeDasharray = color ? "" : "none";
  });
  return [mark, s("svg", { class: "run-dash", viewBox: "0 0 30 6", width: 30, height: 6, "aria-hidden": "true" }, line)];
}

/** One run. @param {any} context @param {number} id */
function runRow(context, id) {
  const { t, store, travel, overlays } = context;
  const of = (state) => runOf(state.runs.runs, id);
  const name = () => runName(t, of(store.get()), id);
  const input = h("input", { class: "input run-name", maxlength: LONGEST_NAME, autocomplete: "off", spellcheck: "false", "aria-label": t("runs.name_of", { number: id }), "data-testid": `run-name-${id}` });
  const rename = () => {
    const wanted = input.value.trim();
    const plain = wanted === t("runs.number", { number: id }) ? "" : wanted;
    if (plain !== (of(store.get())?.name ?? "")) context.nameRun(id, plain);
    else input.value = name();
  };
  input.addEventListener("change", rename);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") input.blur();
    if (event.key === "Escape") {
      event.preventDefault(); // the list stays open
      event.stopPropagation();
      input.value = name();
    }
  });
  const go = h("button", { type: "button", class: "button dense run-go", "data-keep": `run-go-${id}`, onclick: () => travel.goTo(of(store.get())) });
  const check = h("input", { type: "checkbox", onchange: () => store.dispatch({ type: "ui", changes: withOverlay(store.get(), id, check.checked) }) });
  const overlay = h("label", { class: "check run-overlay" }, check, t("runs.overlay"));
  const drop = h("button", { type: "button", class: "button dense icon run-drop" }, icon("remove"));
  const origin = h("p", { class: "hint run-origin" });
  const numbers = h("p", { class: "run-numbers" });
  const row = h("li", { class: "run", "data-testid": `run-${id}` }, h("div", { class: "run-mark" }, ring(context, id)),
    h("div", { class: "run-words" }, input, origin, numbers), h("div", { class: "run-actions" }, go, overlay, drop));

  let asked = false; // to let it go: the second click does
  const sayDrop = () => {
    const words = t(asked ? "runs.drop_sure" : "runs.drop", { name: name() });
    drop.replaceChildren(asked ? t("runs.drop_yes") : icon("remove"));
    drop.classList.toggle("sure", asked);
    setAttribute(drop, "aria-label", words);
    setAttribute(drop, "title", words);
  };
  drop.addEventListener("click", async () => {
    if (drop.getAttribute("aria-disabled") === "true") return;
    if (asked) await overlays.drop(id);
    asked = !asked;
    sayDrop();
  });
  drop.addEventListener("blur", () => {
    asked = false;
    sayDrop();
  });

  context.select(of, (run) => {
    if (run && document.activeElement !== input) input.value = name();
    setAttribute(go, "aria-label", t("runs.go", { name: name() }));
    setAttribute(check, "aria-label", t("runs.overlay_of", { name: name() }));
    sayDrop();
  });
  context.select((state) => state.runs.current === id, (isCurrent) => {
    setAttribute(row, "data-current", isCurrent);
    setText(go, t(isCurrent ? "runs.current" : "runs.go_short"));
    setAttribute(go, "aria-disabled", isCurrent);
    setAttribute(drop, "aria-disabled", isCurrent);
    overlay.classList.toggle("away", isCurrent);
    check.disabled = isCurrent;
  });
  context.select((state) => overlaid(state).includes(id), (shown) => { check.checked = shown; });

  /** @param {any} summary  what the server says of it */
  const say = (summary) => {
    const state = store.get();
    const run = of(state);
    if (!run) return;
    const from = run.parent === null ? t("runs.from_start") : t("runs.from", { name: runName(t, runOf(state.runs.runs, run.parent), run.parent), step: integer(run.start) });
    const change = summary?.begun_with.length ? changeText(context, summary.begun_with) : changeName(context, run.because);
    setText(origin, change ? `${from} · ${change}` : from);
    const end = run.id === state.runs.current ? furthest(state) : run.head;
    const isAtEnd = state.frame?.run === run.id && state.frame.step === end;
    const { train_loss: train, test_loss: test } = isAtEnd ? state.frame.metrics : { train_loss: summary?.loss.train, test_loss: summary?.loss.test };
    setText(numbers, t("runs.numbers", { step: integer(end), train: lossText(train), test: lossText(test) }));
  };
  return { row, say };
}

/** The button that opens the list, and the list. @param {any} context */
export function runsView(context) {
  const { t, store, overlays } = context;
  const list = h("ul", { class: "run-list" });
  const panel = h("div", { class: "runs-panel", id: PANEL, popover: "auto", role: "group", "aria-label": t("runs.title") }, h("h3", {}, t("runs.title")), list, h("p", { class: "hint" }, t("runs.hint")),
    h("button", { type: "button", class: "button dense", "aria-haspopup": "dialog", "data-testid": "saved-runs", onclick: async () => {
      panel.hidePopover();
      (await context.dialogs.saved()).openSaved(context);
    } }, t("runs.saved")));
  const button = h("button", { type: "button", class: "button dense", popovertarget: PANEL, "data-keep": "runs" });
  /** @type {Map<number, {row: Element, say: (summary: any) => void, end: () => void}>} */
  const rows = new Map();
  let summaries = [];
  let isOpen = false;

  const say = () => isOpen && rows.forEach(({ say: tell }, id) => tell(runOf(summaries, id)));
  const read = async () => {
    if (!isOpen) return;
    const { ok, body } = await overlays.list().catch(() => ({ ok: false, body: null }));
    if (ok) summaries = body.runs;
    say();
  };
  const fill = () => {
    const { runs, current } = store.get().runs;
    const shown = worthShowing(runs, current);
    setText(button, t("runs.count", { count: shown.length }));
    for (const [id, { end }] of rows) {
      if (shown.some((run) => run.id === id)) continue;
      end();
      rows.delete(id);
    }
    for (const { id } of shown) {
      if (rows.has(id)) continue;
      const scope = context.scope();
      rows.set(id, { ...runRow(scope, id), end: scope.dispose });
    }
    arrange(list, shown.map(({ id }) => rows.get(id)?.row).reverse());
    read();
  };
  context.select((state) => state.runs, fill);
  context.select((state) => state.status.state === "playing" || state.frame, () => store.get().status.state !== "playing" && say());
  context.onDispose(() => rows.forEach(({ end }) => end()));
  panel.addEventListener("toggle", (event) => {
    isOpen = /** @type {any} */ (event).newState === "open";
    if (!isOpen) return;
    const { left, right, top, bottom } = button.getBoundingClientRect();
    const isBelow = innerHeight - bottom > Math.max(260, top - 60);
    panel.style.left = `${Math.max(8, Math.min(innerWidth - panel.offsetWidth - 8, (left + right) / 2 - panel.offsetWidth / 2))}px`;
    panel.style.top = isBelow ? `${bottom + 6}px` : "auto";
    panel.style.bottom = isBelow ? "auto" : `${innerHeight - top + 6}px`;
    panel.style.maxHeight = `${(isBelow ? innerHeight - bottom : top) - 20}px`;
    read();
  });
  return [button, panel];
}
