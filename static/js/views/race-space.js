// @ts-check
/** The surface in space, with the paths on it. Its library is loaded when somebody looks. */
import { h, setAttribute } from "../dom.js";
import { decode } from "../frames.js";
import { plotly, spaceLayout } from "../plotly.js";
import { lineOf } from "../race-lanes.js";
import { spaceTraces } from "../race-space.js";
import { framed } from "../race-state.js";

const RESOLUTION = 72;
/** @param {any} context */
export function raceSpace(context) {
  const { t, store } = context;
  const note = h("p", { class: "hint", role: "status" }, t("race.space.loading"));
  const plot = h("div", { class: "space-plot", role: "img" });
  const element = h("div", { class: "space-part" }, note, plot);
  let Plotly = null;
  let field = null;
  let asked = "";
  let busy = false;
  let again = false;

  const isSeen = () => store.get().ui.view === "space" && element.isConnected && store.get().spec;
  async function heights() {
    const { spec } = store.get();
    const bounds = framed(store.get());
    const key = JSON.stringify([{ ...spec.surface, noise: 0 }, bounds]);
    if (key === asked) return;
    asked = key;
    const response = await fetch("/api/surfaces/heights", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ surface: { ...spec.surface, noise: 0 }, resolution: RESOLUTION, bounds }) });
    if (!response.ok) throw new Error(String(response.status));
    const found = decode(await response.arrayBuffer()).arrays.heights;
    if (key === asked) field = { data: found.data, shape: found.shape, bounds };
  }
  async function draw() {
    if (!isSeen()) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      Plotly ??= await plotly();
      await heights();
      const state = store.get();
      const colors = context.colors();
      const paths = state.paths.map((path, lane) => ({ points: path.points, values: path.values, color: lineOf(lane, colors).color, name: `${lane + 1} ${context.label("optimizers", path.optimizer.name)}` }));
      const { traces, isLog } = spaceTraces(field, paths, { at: state.at, minima: state.surface.minima, lowest: state.surface.lowest, colors, words: { step: t("race.steps") } });
      const layout = spaceLayout(colors, ["x", "y", t(isLog ? "race.space.log_height" : "race.space.height")]);
      await Plotly.react(plot, traces, layout, { displayModeBar: false, responsive: true });
      note.hidden = true;
      setAttribute(plot, "aria-label", t("race.space.label", { surface: t(`race.surfaces.${state.spec.surface.name}`) }));
      setAttribute(plot, "data-drawn", `${state.spec.surface.name} ${state.at} ${state.races}`);
    } catch {
      asked = "";
      note.hidden = false;
      note.textContent = t("race.space.failed");
    }
    busy = false;
    if (again) {
      again = false;
      draw();
    }
  }
  context.select((state) => `${state.ui.view} ${state.races} ${state.at} ${state.ui.frame} ${state.ui.theme}`, () => queueMicrotask(draw));
  context.onDispose(() => Plotly?.purge(plot));
  return element;
}
