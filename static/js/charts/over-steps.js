// @ts-check
/** Curves over the steps of a run, with what each says under the pointer and a table for ears. */
import { h, pointIn, s, setAttribute } from "../dom.js";
import { exact, integer } from "../format.js";
import { nearestPoint } from "./line-cursor.js";
import { drawLines } from "./lines.js";

/**
 * @typedef {import("./lines.js").Series} Series
 * @typedef {{series: Series[], log: boolean, logSteps?: boolean, present: number|null, format: (value: number|null) => string, summary: string, moving?: boolean}} Curves
 *   `format` writes a number; a series without a name is a guide, not a curve
 */

const MOST_ROWS = 20;

/**
 * @param {any} context
 * @param {{name: string, step: (step: number) => string, go: string}} words  what the chart is called, how a step is, and that a click goes there
 * @param {(scales: any) => void} [drawn]  hears where values lie, each time
 * @returns {{element: any, write: (curves: Curves) => void}}
 */
export function overSteps(context, words, drawn) {
  const canvas = h("canvas", { class: "over-steps", role: "img", tabindex: 0, title: words.go });
  const card = h("dl", { class: "chart-card", hidden: true });
  const head = h("tr", {});
  const body = h("tbody", {});
  const table = h("table", { class: "visually-hidden", "aria-label": words.name }, h("thead", {}, head), body);
  const key = h("div", { class: "key-row" });
  const element = h("div", { class: "over-steps-chart" }, h("div", { class: "over-steps-plot" }, canvas, card, table), key);
  /** @type {Curves|null} */
  let curves = null;
  let scales = null;
  let cursor = null;
  let written = ""; // the names that the key has
  const named = () => /** @type {Curves} */ (curves).series.filter(({ name }) => name);

  function draw() {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!curves || !width) return;
    const { series, log, logSteps, present } = curves;
    const steps = named()[0]?.points ?? [];
    const point = cursor === null ? null : nearestPoint(steps, cursor);
    const at = point ? { step: point[0] } : present === null ? null : { step: present };
    const shown = series.map((line) => (line.name ? line : { ...line, label: line.label ?? "" }));
    scales = drawLines(canvas, shown, { width, height, colors: context.colors(), log, logSteps, cursor: at });
    key.classList.toggle("away", scales.labelled);
    drawn?.(scales);
    card.hidden = !point;
    if (!point) return;
    setAttribute(card, "data-side", scales.x(point[0]) > width / 2 ? "left" : "right");
    card.replaceChildren(h("div", { class: "chart-card-step" }, words.step(point[0])), ...named().map(({ name, points, color }) => {
      const there = nearestPoint(points, point[0]);
      const mark = h("span", { class: "swatch-line" });
      mark.style.background = color;
      return h("div", {}, h("dt", {}, mark, name), h("dd", {}, exact(there && there[0] === point[0] ? there[1] : null)));
    }));
  }

  function writeTable() {
    const lines = named();
    const steps = (lines[0]?.points ?? []).map((point) => point[0]);
    const every = Math.max(1, Math.ceil(steps.length / MOST_ROWS));
    const chosen = steps.filter((_, index) => index % every === 0 || index === steps.length - 1);
    head.replaceChildren(h("td", {}), ...lines.map(({ name }) => h("th", { scope: "col" }, name)));
    body.replaceChildren(...chosen.map((step) => h("tr", {}, h("th", { scope: "row" }, words.step(step)), lines.map(({ points }) => {
      const there = nearestPoint(points, step);
      return h("td", {}, curves?.format(there && there[0] === step ? there[1] : null));
    }))));
    key.replaceChildren(...lines.map(({ name, color, dash = [] }) => {
      const line = s("line", { x1: 0, x2: 26, y1: 3, y2: 3, "stroke-width": 2, stroke: color, "stroke-dasharray": dash.join(" ") || null });
      return h("span", { class: "legend-item" }, s("svg", { viewBox: "0 0 26 6", width: 26, height: 6, "aria-hidden": "true" }, line), name);
    }));
  }

  const look = (step) => {
    cursor = step;
    draw();
  };
  function go() {
    const point = cursor === null || !curves ? null : nearestPoint(named()[0]?.points ?? [], cursor);
    if (point) context.travel.seek(point[0]);
  }
  const read = (event) => scales && look(Math.max(0, scales.x.invert(pointIn(canvas, event)[0])));
  canvas.addEventListener("pointermove", read);
  canvas.addEventListener("pointerdown", read); // a finger that taps does not move
  canvas.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && look(null)); // what was tapped stays until one taps elsewhere
  canvas.addEventListener("blur", () => look(null));
  // a finger reads, a mouse that has read goes there
  canvas.addEventListener("click", (event) => event.pointerType !== "touch" && go());
  canvas.addEventListener("keydown", (event) => {
    const steps = curves ? (named()[0]?.points ?? []).map((point) => point[0]) : [];
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape" && cursor !== null) {
      event.stopPropagation();
      return look(null);
    }
    if (event.key === "Enter") go();
    if (!way || !steps.length) return;
    event.preventDefault();
    const here = cursor === null ? steps.length - 1 : steps.findIndex((step) => step >= Number(cursor));
    look(steps[Math.max(0, Math.min(steps.length - 1, (here < 0 ? steps.length - 1 : here) + way))]);
  });
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  context.onDispose(() => observer.disconnect());
  context.select((state) => state.ui.theme, draw);

  return {
    element,
    write(next) {
      curves = next;
      setAttribute(canvas, "aria-label", next.summary);
      const points = named()[0]?.points ?? [];
      setAttribute(canvas, "data-steps", points.length);
      const names = named().map(({ name }) => name).join();
      if (!next.moving || names !== written) writeTable(); // in the middle of a drag nobody reads it
      written = names;
      draw();
    },
  };
}

/** The steps of a list of numbers along them: [step, value], null as a gap. @param {number[]} steps @param {(number|null)[]} values */
export const pointsOf = (steps, values) => steps.map((step, index) => [step, values[index] ?? NaN]);

/** "Steps 0 to 1,250". @param {number[]} steps */
export const ends = (steps) => ({ first: integer(steps[0] ?? 0), last: integer(steps.at(-1) ?? 0) });
