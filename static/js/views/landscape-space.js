// @ts-check
/** The loss over a plane in space, with the ways of all lanes at their own loss. Its library is loaded when somebody looks. */
import { knownField } from "../charts/around-map.js";
import { h, setAttribute } from "../dom.js";
import { placeOf, placesShown } from "../landscape-state.js";
import { plotly, spaceLayout } from "../plotly.js";
import { lineOf } from "../race-lanes.js";
import { spaceTraces } from "../race-space.js";

/** @param {any} context */
export function landscapeSpace(context) {
  const { t, store } = context;
  const note = h("p", { class: "hint", role: "status" }, t("race.space.loading"));
  const plot = h("div", { class: "space-plot", role: "img" });
  let Plotly = null;
  let [busy, again] = [false, false];

  async function draw() {
    const { ui, look, ways } = store.get();
    if (ui.view !== "space" || look.dimensions !== 2 || ways?.at.length !== 2) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      Plotly ??= await plotly();
      write(store.get());
    } catch {
      note.hidden = false;
      note.textContent = t("race.space.failed");
    }
    busy = false;
    if (!again) return;
    again = false;
    draw();
  }
  function write(state) {
    const { ways, spec, ui } = state;
    const field = knownField(ways.at, state[ui.split]);
    if (!field) return;
    const colors = context.colors();
    const paths = ways.lanes.map((way, lane) => {
      const shown = way.diverged === null ? way.steps.length : placesShown(ways, way);
      return { points: way.points.slice(0, shown), values: way[ui.split].slice(0, shown), color: lineOf(lane, colors).color, name: `${lane + 1} ${context.label("optimizers", spec.lanes[lane]?.optimizer.name ?? "")}` };
    });
    const { traces, isLog } = spaceTraces(field, paths, { at: placeOf(state), minima: [], lowest: null, colors, words: { step: t("landscape.place") } });
    const loss = t(`landscape.column_${ui.split}`);
    Plotly.react(plot, traces, spaceLayout(colors, [...[1, 2].map((number) => t(ways.explained ? "landscape.axes.short" : "landscape.axes.random", { number })), isLog ? t("landscape.log_of", { loss }) : loss]), { displayModeBar: false, responsive: true });
    note.hidden = true;
    setAttribute(plot, "aria-label", t("landscape.space", { lanes: paths.map(({ name }) => name).join(", ") }));
    setAttribute(plot, "data-drawn", `${state.maps} ${state.train.length} ${placeOf(state)}`);
  }
  context.select((state) => `${state.ui.view} ${state.maps} ${["done", "stopped", "failed"].includes(state.phase)} ${state.at} ${state.ui.split} ${state.ui.theme}`, () => queueMicrotask(draw));
  context.onDispose(() => Plotly?.purge(plot));
  return h("div", { class: "space-part" }, note, plot);
}
