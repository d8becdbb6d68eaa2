// @ts-check
/**
 * The runs of a session as the page shows them: which are worth showing, what they are called, where two of them part, and
 * where each lies on the timeline. Pure.
 */

/** @typedef {{id: number, name: string, parent: number|null, start: number, head: number, because: string|null}} Run */

/** Dashes of the lanes, in the order of their colours. Beyond eight the number tells them apart. */
export const DASHES = [[2, 4], [9, 4], [9, 3, 2, 3], [14, 4], [], [5, 2], [2, 3, 8, 3], [12, 3, 2, 3, 2, 3]];

/** Which lane a run has: 0 to 7. @param {number} id */
export const laneOf = (id) => (id - 1) % DASHES.length;

/** @param {Run[]} runs @param {number|null} id */
export const runOf = (runs, id) => runs.find((run) => run.id === id) ?? null;

/** A net that was changed before it had trained left nothing to look at. @param {Run[]} runs @param {number} current */
export const worthShowing = (runs, current) => runs.filter(({ id, name, start, head }) => id === current || name || head > start);

/** @param {(key: string, params?: any) => string} t @param {Run|null} run @param {number} id */
export const runName = (t, run, id) => run?.name || t("runs.number", { number: id });

/** A run and those it came out of, each with the step until which it is the same. @param {Run[]} runs @param {number} id */
function descent(runs, id) {
  const found = [{ id, until: Infinity }];
  for (let run = runOf(runs, id); run && run.parent !== null; run = runOf(runs, run.parent)) {
    found.push({ id: run.parent, until: Math.min(run.start, found[found.length - 1].until) });
  }
  return found;
}

/**
 * The step until which two runs are the same; null if they never were.
 * @param {Run[]} runs
 * @param {number} one
 * @param {number} other
 */
export function parting(runs, one, other) {
  const ways = descent(runs, other);
  for (const { id, until } of descent(runs, one)) {
    const common = ways.find((way) => way.id === id);
    if (common) return Math.min(until, common.until);
  }
  return null;
}

const RING = 17; // a ring with a number, and the gap before it
const MOST_ROWS = 2;

/**
 * The other runs as lines under the track: the chosen ones first, then relatives, then the latest; as many as there is room for.
 * @param {{runs: Run[], current: number, chosen: number[], x: (step: number) => number, rows?: number}} options
 * @returns {{lines: {id: number, row: number, from: number, to: number, parts: number|null}[], hidden: number}}
 */
export function otherLines({ runs, current, chosen, x, rows = MOST_ROWS }) {
  const others = worthShowing(runs, current).filter(({ id }) => id !== current).map((run) => {
    const parts = parting(runs, current, run.id);
    return { id: run.id, from: parts ?? run.start, to: run.head, parts };
  }).filter(({ from, to }) => to > from);
  const rank = ({ id, parts }) => (chosen.includes(id) ? 2 : 0) + (parts === null ? 0 : 1);
  others.sort((a, b) => rank(b) - rank(a) || b.id - a.id);
  const shown = [];
  for (const line of others) {
    const [left, right] = [x(line.from), x(line.to) + RING];
    const free = Array.from({ length: rows }, (_, row) => row).find((row) => shown.every((other) => other.row !== row || x(other.to) + RING < left || x(other.from) > right));
    if (free !== undefined) shown.push({ ...line, row: free });
  }
  return { lines: shown, hidden: others.length - shown.length };
}

/**
 * Labels under the track on one line: the steps where runs part come first, round steps where they leave room.
 * @param {{x: (step: number) => number, width: (text: string) => number, text: (step: number) => string, round: number[], parts: {step: number, id: number}[], gap?: number}} options
 * @returns {{x: number, text: string, id: number|null}[]}
 */
export function tickLabels({ x, width, text, round, parts, gap = 8 }) {
  const labels = [];
  const add = (step, id) => {
    const words = text(step);
    const half = width(words) / 2 + gap / 2;
    const place = x(step);
    if (labels.every((label) => Math.abs(label.x - place) >= half + label.half)) labels.push({ x: place, text: words, id, half });
  };
  for (const { step, id } of parts) add(step, id);
  for (const step of round) add(step, null);
  return labels.map(({ half, ...label }) => label).sort((a, b) => a.x - b.x);
}
