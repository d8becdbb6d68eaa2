// @ts-check
/** What the answer to a preset's question cites: numbers of the run that is shown, read from what the server has sent. Pure. */
import { decimal, integer, lossText, percent, power } from "./format.js";

const MISSING = "–";
const small = (value) => (value === 0 ? "0" : Math.abs(value) >= 0.01 ? decimal(value, 3) : power(value));

/** How far the values of a matrix (rows of `columns`) differ between columns, in any row. */
export function spreadOfColumns({ data, shape: [rows, columns] }) {
  let most = 0;
  for (let row = 0; row < rows; row += 1) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    most = Math.max(most, Math.max(...values) - Math.min(...values));
  }
  return most;
}

/** How steeply a curve rises from end to end, in units of the target for one of the input. */
export const slopeOf = (curve, [low, high], [, unit]) => ((curve.data[curve.data.length - 1] - curve.data[0]) * unit) / (high - low);

/**
 * The texts by the names that the words use; what cannot be told now is a dash.
 * @param {any} state  of the page
 * @param {{repeated?: number}} [facts]  what the server has measured about the data
 * @returns {Record<string, string>}
 */
export function presetNumbers(state, facts = {}) {
  const { frame, data, spec, losses } = state;
  const layers = state.inspector.diagnosis?.layers ?? [];
  const metric = (name, text) => {
    const value = frame?.metrics[name];
    return value === undefined || value === null ? MISSING : text(value);
  };
  const [first, last] = [layers[0]?.gradient_norm ?? null, layers[layers.length - 1]?.gradient_norm ?? null];
  const dead = layers.map((layer) => layer.dead_share).filter((share) => share !== null && share !== undefined);
  const best = losses.test.reduce((found, point) => (found === null || point[1] < found[1] ? point : found), null);
  const matrices = Object.entries(frame?.parameters ?? {}).filter(([name]) => name.endsWith(".weight")).map(([, array]) => array);
  const size = spec?.batch_size === "all" ? data?.trainRows : spec?.batch_size;
  const curve = data?.dimensions === 1 ? frame?.curves.output : null;
  const known = (value, text) => (value === null || value === undefined || Number.isNaN(value) ? MISSING : text(value));
  return {
    step: known(frame?.step, integer),
    epoch: known(frame?.epoch, (value) => decimal(value, 1)),
    train_loss: metric("train_loss", lossText),
    test_loss: metric("test_loss", lossText),
    train_accuracy: metric("train_accuracy", percent),
    test_accuracy: metric("test_accuracy", percent),
    train_r2: metric("train_r2", (value) => decimal(value, 3)),
    test_r2: metric("test_r2", (value) => decimal(value, 3)),
    first_gradient: known(first, small),
    last_gradient: known(last, small),
    gradient_ratio: first !== null && last ? small(first / last) : MISSING,
    dead: dead.length ? percent(Math.max(...dead), 0) : MISSING,
    best_step: known(best?.[0], integer),
    best_loss: known(best?.[1], lossText),
    train_rows: known(data?.trainRows, integer),
    test_rows: data ? integer(data.rows - data.trainRows) : MISSING,
    hidden: known(spec && (spec.network.layers.length > 1 ? spec.network.layers[0].units : 0), integer),
    weights: integer(matrices.reduce((sum, { data: values }) => sum + values.length, 0)),
    largest: matrices.length ? small(Math.max(...matrices[0].data.map(Math.abs))) : MISSING,
    different: matrices.length ? small(spreadOfColumns(matrices[0])) : MISSING,
    batch: known(size, integer),
    steps_per_epoch: size && data ? integer(Math.ceil(data.trainRows / size)) : MISSING,
    slope: curve ? decimal(slopeOf(curve, data.bounds[0], data.targetUnits), 2) : MISSING,
    repeated: known(facts.repeated, lossText),
  };
}
