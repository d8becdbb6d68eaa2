// @ts-check
/** Lanes of a race: colour, dash and number of each, and what becomes of the list when it is changed. Pure. */
import { integer, lossText } from "./format.js";
import { valueAt } from "./race-state.js";
import { DASHES } from "./runs.js";

const MOST_LANES = 16;

/** @param {number} index @param {any} colors */
export const lineOf = (index, colors) => ({ color: colors.lanes[index % colors.lanes.length], dash: DASHES[index % DASHES.length] });

const put = (list, index, value) => list.map((one, at) => (at === index ? value : one));

/** @param {any} spec @param {number} index @param {any} lane */
export const withLane = (spec, index, lane) => ({ ...spec, lanes: put(spec.lanes, index, lane) });

/** A part of a lane replaced: optimizer, schedule or clipping. */
export const withPart = (spec, index, part, value) => withLane(spec, index, { ...spec.lanes[index], [part]: value });

export const withField = (spec, index, part, field, value) => withPart(spec, index, part, { ...spec.lanes[index][part], [field]: value });

export const without = (spec, index) => ({ ...spec, lanes: spec.lanes.filter((_, at) => at !== index) });

export const doubled = (spec, index) => ({ ...spec, lanes: spec.lanes.flatMap((lane, at) => (at === index ? [lane, structuredClone(lane)] : [lane])) });

/** A lane up or down by one. @param {any} spec @param {number} index @param {number} way */
export function moved(spec, index, way) {
  const lanes = [...spec.lanes];
  const to = Math.max(0, Math.min(lanes.length - 1, index + way));
  [lanes[index], lanes[to]] = [lanes[to], lanes[index]];
  return { ...spec, lanes };
}

/** A lane more: the first optimizer of the menu that is not there yet. @param {any} spec @param {any} catalog */
export function withAnother(spec, catalog) {
  const there = new Set(spec.lanes.map((lane) => lane.optimizer.name));
  const next = catalog.optimizers.find(({ name }) => !there.has(name)) ?? catalog.optimizers[0];
  return { ...spec, lanes: [...spec.lanes, { optimizer: { name: next.name } }] };
}

/** The same with settings that both kinds have: another optimizer keeps a rate that somebody chose only if it is its own. */
export const structureOf = (spec) => spec.lanes.map((lane) => [lane.optimizer.name, lane.schedule.name, lane.clipping.name].join("/")).join(" ");

/** How lanes on a surface tell how they fare. */
export const surfaceLane = {
  most: MOST_LANES,
  choice: "race.choose",
  slice: (state) => `${state.races} ${state.at}`,
  words: ({ t }, { at, spec }) => ({ caption: t("race.fair", { steps: integer(spec.steps) }), column: t("race.loss_at", { step: integer(at) }) }),
  result({ t }, state, index) {
    const path = state.paths[index];
    if (!path) return null;
    const hasLeft = path.left !== null && path.left <= state.at;
    const now = valueAt(path, state.at);
    return { text: hasLeft ? t("race.left", { step: integer(path.left) }) : lossText(now), left: path.left, value: hasLeft ? null : now, hasLeft };
  },
  takesSchedule: (row) => row.name !== "reduce_on_plateau", // which watches a test loss
};
