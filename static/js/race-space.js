// @ts-check
/** A surface and paths as they are drawn in space: heights over decades by their logarithms. Pure. */

const WIDE = 1e3; // from the lowest to the highest: more is shown by logarithms
const DASHES = ["dot", "dash", "dashdot", "longdash", "solid", "dash", "longdashdot", "longdashdot"];

/** @param {ArrayLike<number>} heights @returns {{isLog: boolean, of: (height: number|null) => number|null}} */
export function elevation(heights) {
  let [low, high] = [Infinity, -Infinity];
  for (let index = 0; index < heights.length; index += 1) {
    if (!Number.isFinite(heights[index])) continue;
    low = Math.min(low, heights[index]);
    high = Math.max(high, heights[index]);
  }
  const isLog = low >= 0 && high > WIDE * Math.max(low, Number.MIN_VALUE) && high > 20;
  const floor = Math.max(low, high * 1e-6);
  return { isLog, of: (height) => (height === null || !Number.isFinite(height) ? null : isLog ? Math.log10(Math.max(height, floor)) : height) };
}

/**
 * What Plotly draws.
 * @param {{data: ArrayLike<number>, shape: number[], bounds: number[][]}} field  row 0 on top, values at the middles of pixels
 * @param {{points: (number|null)[][], values: (number|null)[], color: string, name: string}[]} paths
 * @param {{at: number, minima: number[][], lowest: number|null, colors: any, words: any}} options
 */
export function spaceTraces({ data, shape: [rows, columns], bounds: [[left, right], [bottom, top]] }, paths, { at, minima, lowest, colors, words }) {
  const { isLog, of } = elevation(data);
  const along = (low, high, count) => Array.from({ length: count }, (_, index) => low + ((index + 0.5) / count) * (high - low));
  const z = Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => of(data[(rows - 1 - row) * columns + column])));
  const isOn = ([x, y]) => x !== null && y !== null && x >= left && x <= right && y >= bottom && y <= top;
  const flat = z.flat().filter((height) => height !== null);
  const [low, high] = [flat.reduce((least, height) => Math.min(least, height), Infinity), flat.reduce((most, height) => Math.max(most, height), -Infinity)];
  const lift = (high - low) * 0.012; // lines lie on the surface, not in it
  const isDark = colors.theme === "dark";
  const surface = {
    type: "surface", x: along(left, right, columns), y: along(bottom, top, rows), z, showscale: false, hoverinfo: "skip",
    colorscale: isDark ? [[0, "#11161c"], [1, "#5b6876"]] : [[0, "#b8c3cf"], [1, "#ffffff"]],
    contours: { z: { show: true, color: isDark ? "#75818f" : "#8a96a3", width: 1, start: low, end: high, size: (high - low) / 14 || 1 } },
    lighting: { ambient: 0.75, diffuse: 0.4, specular: 0.02, roughness: 0.9 },
  };
  const lines = paths.map(({ points, values, color, name }, lane) => {
    const shown = points.slice(0, at + 1).map((point, step) => (isOn(point) ? [...point, of(values[step]), values[step]] : [null, null, null, null]));
    const last = shown.length - 1;
    return {
      type: "scatter3d", mode: "lines+markers", name, x: shown.map((each) => each[0]), y: shown.map((each) => each[1]), z: shown.map((each) => (each[2] === null ? null : each[2] + lift)),
      line: { color, width: 5, dash: DASHES[lane % DASHES.length] }, marker: { color, size: shown.map((_, step) => (step === last ? 6 : 1.5)) },
      customdata: shown.map((each, step) => [step, each[3]]), hovertemplate: `${name}<br>${words.step} %{customdata[0]}<br>(%{x:.4f}, %{y:.4f})<br>f = %{customdata[1]:.4g}<extra></extra>`, connectgaps: false, showlegend: false,
    };
  });
  const places = minima.filter(isOn);
  const lowestPoints = places.length && lowest !== null ? [{ type: "scatter3d", mode: "markers", x: places.map(([x]) => x), y: places.map(([, y]) => y), z: places.map(() => Number(of(lowest)) + lift), marker: { color: colors.ink, size: 6, symbol: "cross" }, hoverinfo: "skip", showlegend: false }] : [];
  return { traces: [surface, ...lines, ...lowestPoints], isLog };
}
