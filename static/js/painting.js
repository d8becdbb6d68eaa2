// @ts-check
/**
 * Points that somebody paints: a list of [x1, x2, target] in the spec. Pure, but for `keepPoints`, which asks the session for
 * them. Until the session's data are those points, the page shows its own draft of them (`ui.draft`).
 */

export const HALF_WIDTH = 6;
export const MOST_POINTS = 1000;
export const FEWEST_POINTS = 2;
export const VALUES = 0; // "classes" of points that carry values

/** @typedef {[number, number, number]} Point */

const rounded = (value) => Math.round(100 * Math.min(HALF_WIDTH, Math.max(-HALF_WIDTH, value))) / 100 || 0;

/** A place within the plane, to two decimals. @param {number} x @param {number} y @returns {[number, number]} */
export const placeOf = (x, y) => [rounded(x), rounded(y)];

/** @param {Point[]} points @param {number} x @param {number} y @param {number} target @returns {Point[]} */
export const addPoint = (points, x, y, target) => (points.length < MOST_POINTS ? [...points, [...placeOf(x, y), target]] : points);

/** @param {Point[]} points @param {number} index @param {number} x @param {number} y @returns {Point[]} */
export const movePoint = (points, index, x, y) => points.map((point, at) => (at === index ? [...placeOf(x, y), point[2]] : point));

/** @param {Point[]} points @param {number} index */
export const erasePoint = (points, index) => points.filter((_, at) => at !== index);

/** The index of the nearest point within reach, -1 for none; of two at one place the one on top. */
export function nearestPoint(points, x, y, reach) {
  let [nearest, least] = [-1, reach * reach];
  points.forEach(([px, py], index) => {
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance <= least) [nearest, least] = [index, distance];
  });
  return nearest;
}

/** The targets that can be painted with so many classes; none for values. @param {number} classes */
export const targetsOf = (classes) => (classes === VALUES ? [] : classes === 2 ? [1, -1] : Array.from({ length: classes }, (_, index) => index));

/** Which class a target is of: 0 for the first. */
const classOf = (target, classes) => (classes > 2 ? target : target > 0 ? 0 : 1);

/**
 * The same points with another number of classes: those of a class that there is no more join the last one.
 * @param {Point[]} points
 * @param {number} from
 * @param {number} to
 * @returns {Point[]}
 */
export function withClasses(points, from, to) {
  if (from === to) return points;
  const targets = targetsOf(to);
  const most = Math.max(1, (from || 2) - 1);
  return points.map(([x, y, target]) => {
    const index = classOf(target, from);
    return [x, y, to === VALUES ? Number((1 - (2 * index) / most).toFixed(2)) : targets[Math.min(index, targets.length - 1)]];
  });
}

/** Whether the session's data are these points: they travel in single precision. */
export function arePoints(data, points) {
  if (!data?.points || data.points.shape[0] !== points.length) return false;
  const at = (array, index) => array[index];
  return points.every(([x, y, target], index) => [[at(data.points.data, 2 * index), x], [at(data.points.data, 2 * index + 1), y], [at(data.targets.data, index), target]].every(([there, here]) => Math.abs(there - here) < 1e-4));
}

/** The points as the charts take them. @param {Point[]} points */
export const asArrays = (points) => ({
  points: { data: Float32Array.from(points.flatMap(([x, y]) => [x, y])), shape: [points.length, 2] },
  targets: { data: Float32Array.from(points, (point) => point[2]), shape: [points.length] },
  train: null,
});

/** What is painted now: the draft, or what the spec holds. */
export const paintedPoints = ({ ui, spec }) => ui.draft ?? spec?.data.points ?? [];

/** The brush as it is: a target to paint, or null to erase. @returns {number|null} */
export function brushTarget({ ui, spec }) {
  const targets = targetsOf(spec.data.classes);
  if (ui.brush === "erase") return null;
  if (spec.data.classes === VALUES) return ui.brushValue ?? 1;
  return targets.includes(ui.brush) ? ui.brush : targets[0];
}

/** A stroke is done: one request, which the session can undo. Too few points stay the page's own. */
export async function keepPoints({ store, set }, points) {
  store.dispatch({ type: "ui", changes: { draft: points } });
  if (points.length < FEWEST_POINTS) return;
  const answer = await set({ data: { points } }, "data.points");
  if (answer?.type === "error" && store.get().ui.draft === points) store.dispatch({ type: "ui", changes: { draft: null } });
}
