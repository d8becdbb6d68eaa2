// @ts-check
/**
 * Where a field crosses a level: marching squares. Each crossing of a line between two neighbouring samples is known
 * by the number of that line, and belongs to at most two segments, so segments join into polylines without a search.
 */

/** @typedef {{points: Float64Array, closed: boolean}} Polyline points: x0, y0, x1, y1 ... in samples, (0, 0) the first one */

// The sides of a cell: 0 top, 1 right, 2 bottom, 3 left. Which sides a segment joins, by which corners are above the
// level: 1 top left, 2 top right, 4 bottom right, 8 bottom left. The two saddles are decided by the cell's mean.
/** @type {number[][]} */
const SEGMENTS = [
  [], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2],
  [2, 3], [2, 0], [0, 1, 2, 3], [2, 1], [1, 3], [1, 0], [0, 3], [],
]; // prettier-ignore
const SADDLE_WHEN_MEAN_ABOVE = { 5: [0, 1, 2, 3], 10: [3, 0, 1, 2] };

/**
 * Where it is crossed: polylines in sample coordinates (column, row).
 * @param {ArrayLike<number>} data
 * @param {number[]} shape [rows, columns]
 * @param {number} level
 * @returns {Polyline[]}
 */
export const contourLines = (data, [rows, columns], level) => {
  const crossings = new Map();
  const link = (/** @type {number} */ from, /** @type {number} */ to) => {
    const known = crossings.get(from);
    if (known) known.push(to);
    else crossings.set(from, [to]);
  };
  // Horizontal line right of sample i: 2 i; vertical line below it: 2 i + 1.
  const sideOf = (/** @type {number} */ i, /** @type {number} */ side) =>
    side === 0 ? 2 * i : side === 1 ? 2 * (i + 1) + 1 : side === 2 ? 2 * (i + columns) : 2 * i + 1;

  for (let row = 0; row < rows - 1; row += 1) {
    for (let column = 0; column < columns - 1; column += 1) {
      const i = row * columns + column;
      const a = data[i];
      const b = data[i + 1];
      const c = data[i + columns + 1];
      const d = data[i + columns];
      const corners = (a >= level ? 1 : 0) | (b >= level ? 2 : 0) | (c >= level ? 4 : 0) | (d >= level ? 8 : 0);
      if (corners === 0 || corners === 15 || !Number.isFinite(a + b + c + d)) continue;
      const isSaddle = corners === 5 || corners === 10;
      const sides = isSaddle && (a + b + c + d) / 4 >= level ? SADDLE_WHEN_MEAN_ABOVE[corners] : SEGMENTS[corners];
      for (let pair = 0; pair < sides.length; pair += 2) {
        const from = sideOf(i, sides[pair]);
        const to = sideOf(i, sides[pair + 1]);
        link(from, to);
        link(to, from);
      }
    }
  }
  return joined(crossings, (crossing) => {
    const i = crossing >> 1;
    const other = crossing & 1 ? i + columns : i + 1;
    const share = (level - data[i]) / (data[other] - data[i]);
    const [x, y] = [i % columns, Math.floor(i / columns)];
    return crossing & 1 ? [x, y + share] : [x + share, y];
  });
};

/**
 * @param {Map<number, number[]>} crossings each crossing's neighbours, one or two
 * @param {(crossing: number) => number[]} place
 * @returns {Polyline[]}
 */
const joined = (crossings, place) => {
  const seen = new Set();
  /** @type {Polyline[]} */
  const lines = [];
  const follow = (/** @type {number} */ first, /** @type {boolean} */ closed) => {
    /** @type {number[]} */
    const points = [];
    /** @type {number|undefined} */
    let crossing = first;
    while (crossing !== undefined) {
      seen.add(crossing);
      points.push(...place(crossing));
      crossing = crossings.get(crossing)?.find((next) => !seen.has(next));
    }
    lines.push({ points: Float64Array.from(points), closed });
  };
  for (const [crossing, neighbours] of crossings) if (neighbours.length === 1 && !seen.has(crossing)) follow(crossing, false);
  for (const crossing of crossings.keys()) if (!seen.has(crossing)) follow(crossing, true);
  return lines;
};

/**
 * Where one class is as likely as the best of the others: the borders of the regions of [K, h, w] probabilities.
 * @param {ArrayLike<number>} data
 * @param {number[]} shape [classes, rows, columns]
 * @returns {Polyline[]}
 */
export const classBorders = (data, [classes, rows, columns]) => {
  const size = rows * columns;
  const margin = new Float64Array(size);
  /** @type {Polyline[]} */
  const lines = [];
  for (let k = 0; k < classes - 1; k += 1) {
    for (let index = 0; index < size; index += 1) {
      let most = -Infinity;
      for (let other = 0; other < classes; other += 1) if (other !== k) most = Math.max(most, data[other * size + index]);
      margin[index] = data[k * size + index] - most;
    }
    lines.push(...contourLines(margin, [rows, columns], 0));
  }
  return lines;
};

/**
 * Adds a polyline to a context's path, its corners rounded: curves from middle to middle, steered by the points.
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} points x0, y0, x1, y1 ... in pixels
 * @param {boolean} closed
 */
const traceRounded = (context, points, closed) => {
  const count = points.length / 2;
  const x = (/** @type {number} */ index) => points[2 * (index % count)];
  const y = (/** @type {number} */ index) => points[2 * (index % count) + 1];
  const middleX = (/** @type {number} */ index) => (x(index) + x(index + 1)) / 2;
  const middleY = (/** @type {number} */ index) => (y(index) + y(index + 1)) / 2;
  if (closed) context.moveTo(middleX(0), middleY(0));
  else context.moveTo(x(0), y(0));
  for (let index = 1; index < (closed ? count + 1 : count - 1); index += 1) {
    context.quadraticCurveTo(x(index), y(index), middleX(index), middleY(index));
  }
  if (closed) context.closePath();
  else context.lineTo(x(count - 1), y(count - 1));
};

/**
 * A polyline of samples in the pixels of a rectangle that holds the field. A sample stands for the middle of its
 * pixel, so a line that leaves the field is carried on to the rectangle's border.
 * @param {Polyline} line
 * @param {number[]} shape [rows, columns]
 * @param {number[]} place [x, y, width, height]
 */
export const placed = ({ points, closed }, [rows, columns], [x, y, width, height]) => {
  const left = (/** @type {number} */ column) => x + ((column + 0.5) / columns) * width;
  const top = (/** @type {number} */ row) => y + ((row + 0.5) / rows) * height;
  /** @type {number[]} */
  const pixels = [];
  for (let index = 0; index < points.length; index += 2) pixels.push(left(points[index]), top(points[index + 1]));
  if (closed) return pixels;
  const border = (/** @type {number} */ end, /** @type {number} */ before) => {
    const [column, row] = outward(points[end], points[end + 1], points[end] - points[before], points[end + 1] - points[before + 1], rows, columns);
    return [left(column), top(row)];
  };
  const last = points.length - 2;
  return [...border(0, 2), ...pixels, ...border(last, last - 2)];
};

/**
 * Half a sample further in a line's own direction where it ends at the first or last row or column.
 * @param {number} column
 * @param {number} row
 * @param {number} right
 * @param {number} down
 * @param {number} rows
 * @param {number} columns
 */
const outward = (column, row, right, down, rows, columns) => {
  const isBeside = (/** @type {number} */ place, /** @type {number} */ count) => place === 0 || place === count - 1;
  const reach = Math.max(isBeside(column, columns) ? Math.abs(right) : 0, isBeside(row, rows) ? Math.abs(down) : 0);
  if (reach === 0) return [column, row];
  const step = (/** @type {number} */ along) => Math.max(-1, Math.min(1, (0.5 * along) / reach));
  return [column + step(right), row + step(down)];
};

/**
 * Adds polylines of a field to a context's path.
 * @param {CanvasRenderingContext2D} context
 * @param {Polyline[]} lines
 * @param {number[]} shape [rows, columns]
 * @param {number[]} place [x, y, width, height]
 */
const traceContour = (context, lines, shape, place) => {
  for (const line of lines) traceRounded(context, placed(line, shape, place), line.closed);
};

/**
 * Draws polylines of a field.
 * @param {CanvasRenderingContext2D} context
 * @param {Polyline[]} lines
 * @param {number[]} shape [rows, columns]
 * @param {number[]} place [x, y, width, height]
 * @param {{color: string, lineWidth?: number}} style
 */
export const strokeLines = (context, lines, shape, place, { color, lineWidth = 1.2 }) => {
  context.save();
  context.beginPath();
  context.rect(place[0], place[1], place[2], place[3]);
  context.clip();
  context.beginPath();
  traceContour(context, lines, shape, place);
  context.strokeStyle = color;
  context.lineWidth = lineWidth;
  context.lineJoin = "round";
  context.stroke();
  context.restore();
};
