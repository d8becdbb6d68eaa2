// @ts-check
/** A race as a table: a row for every step of every lane, numbers as exact as they are. Pure. */

/** @param {{paths: any[]}} state @returns {string} */
export function csvOf({ paths }) {
  const rows = paths.flatMap((path, lane) => path.points.map((point, step) => [lane + 1, path.optimizer.name, path.optimizer.learning_rate, step, ...point, path.values[step], path.left === step ? "left" : ""]));
  return [["lane", "optimizer", "learning_rate", "step", "x", "y", "loss", "note"], ...rows].map((row) => row.map((cell) => cell ?? "").join(",")).join("\n") + "\n";
}
