// @ts-check
/**
 * Where the net's neurons and edges stand. Pure geometry in CSS pixels: a column for the inputs, one per layer; columns share
 * the width, neurons the height; what does not fit is counted, not squeezed.
 */

const BELOW = 24; // the bias mark under a neuron
const ABOVE = 16; // the neuron's number over it
const GAP = 6;

const FINGERS = 94; // two buttons beside one another over a column
const BARE = 16; // the smallest picture of a column that leaves out its biases

export const SIZES = {
  desk: { largest: 72, smallest: 34, output: 92, image: 112, pitch: 132, margin: 12, ports: 8 },
  narrow: { largest: 46, smallest: 30, output: 56, image: 72, pitch: 82, margin: 6, ports: 6 }, // phones, and nets with many layers
};

/**
 * @typedef {{column: number, index: number, x: number, y: number, size: number, name: string, bare: boolean}} Neuron  x, y: the centre
 * @typedef {{layer: number, from: number, to: number, d: string, middle: [number, number]}} Edge
 *
 * @param {{inputs: number, layers: number[], image?: boolean, width: number, height: number, phone?: boolean, touch?: boolean, before?: number, after?: number}} net
 *   `layers` are units, the output last; with `image` the inputs are one picture; `before` and `after` are the widths of the
 *   words left of the inputs and right of the outputs
 * @returns {{width: number, pitch: number, narrow: boolean, columns: {x: number, neurons: Neuron[], more: number, moreY: number}[], edges: Edge[], size: number, numbered: boolean}}
 */
export function layoutNet({ inputs, layers, image = false, width, height, phone = false, touch = false, before = 0, after = 0 }) {
  const counts = [image ? 1 : inputs, ...layers];
  const narrow = phone || width - before - after < counts.length * SIZES.desk.pitch;
  const close = narrow ? SIZES.narrow : SIZES.desk;
  const sizes = { ...close, pitch: touch ? Math.max(FINGERS, close.pitch) : close.pitch };
  const fits = Math.max(1, Math.floor(height / (sizes.smallest + BELOW + GAP)));
  // every output has its picture, at worst a small one without its bias; of a hidden layer the last place says how many more there are
  const bare = counts.map((count, column) => column === counts.length - 1 && count > fits);
  const shown = counts.map((count, column) => (count <= fits || bare[column] ? count : Math.max(1, fits - 1)));
  const tallest = Math.max(...shown.map((count, column) => (bare[column] ? 1 : counts[column] > count ? count + 1 : count)));
  const size = Math.max(sizes.smallest, Math.min(sizes.largest, Math.floor(height / tallest) - BELOW - ABOVE - GAP));
  const numbered = height / tallest >= size + BELOW + ABOVE;

  const total = Math.max(width, counts.length * sizes.pitch + before + after);
  const pitchX = (total - 2 * sizes.margin - before - after) / counts.length;
  const columns = counts.map((count, column) => {
    const x = sizes.margin + before + pitchX * (column + 0.5);
    const places = shown[column] + (count > shown[column] ? 1 : 0);
    const lone = column === counts.length - 1 && count === 1;
    const own = bare[column] ? Math.max(BARE, Math.min(sizes.smallest, Math.floor(height / count) - 4))
      : lone ? Math.min(sizes.output, height - BELOW - ABOVE) : column === 0 && image ? sizes.image : size;
    const around = bare[column] ? 4 : BELOW + ABOVE + (places > 3 ? 46 : 84);
    const pitchY = Math.min(height / places, own + around);
    const top = (height - pitchY * places) / 2 + (bare[column] ? pitchY : pitchY - BELOW + (numbered ? ABOVE : 0)) / 2;
    const neurons = Array.from({ length: shown[column] }, (_, index) => ({
      column, index, x, y: top + index * pitchY, size: own, name: `${column}.${index + 1}`, bare: bare[column],
    }));
    return { x, neurons, more: count - shown[column], moreY: top + shown[column] * pitchY };
  });

  const edges = [];
  for (let layer = 0; layer < layers.length; layer += 1) {
    const [sources, targets] = [columns[layer].neurons, columns[layer + 1].neurons];
    for (const source of sources) {
      for (const target of targets) {
        const start = [source.x + source.size / 2, port(source, target.index, targets.length, sizes.ports)];
        const end = [target.x - target.size / 2, port(target, source.index, sources.length, sizes.ports)];
        const bend = (end[0] - start[0]) * 0.5;
        edges.push({
          layer, from: source.index, to: target.index,
          d: `M${start[0]} ${start[1]}C${start[0] + bend} ${start[1]} ${end[0] - bend} ${end[1]} ${end[0]} ${end[1]}`,
          // a cubic with level ends passes half-way through the middle of its ends
          middle: /** @type {[number, number]} */ ([(start[0] + end[0]) / 2, (start[1] + end[1]) / 2]),
        });
      }
    }
  }
  return { width: total, pitch: pitchX, narrow, columns, edges, size, numbered };
}

/** Edges end side by side, `apart` pixels from one another where the neuron's side has the room. */
function port(neuron, index, count, apart) {
  const spacing = Math.min(apart, (neuron.size - 8) / Math.max(1, count));
  return neuron.y + (index - (count - 1) / 2) * spacing;
}

/**
 * How an edge is drawn for its number: width by size, dash for negative. Rounded, so that a still net is not redrawn.
 * @param {number} value  a weight, or a gradient already scaled to the largest
 * @param {number} factor  0.8 on phones, 1.7 on a projector
 */
export function edgeStroke(value, factor = 1) {
  if (!Number.isFinite(value)) return { sign: "broken", width: 2 * factor, dash: "2 3" };
  const width = Math.round(Math.min(9, 1.3 + 3.1 * Math.abs(value)) * factor * 10) / 10;
  if (value >= 0) return { sign: "pos", width, dash: "none" };
  return { sign: "neg", width, dash: `${Math.max(6, width * 1.9).toFixed(1)} ${Math.max(4, width * 1.15).toFixed(1)}` };
}

/**
 * Where a card of this size stands beside a point without lying on a neuron: of places all round, near and farther, the one
 * that hides least.
 * @param {[number, number]} point
 * @param {{width: number, height: number}} card
 * @param {{x: number, y: number, size: number}[]} neurons
 * @param {{width: number, height: number}} stage
 */
export function placeCard([x, y], card, neurons, stage, away = 34) {
  const places = [];
  for (const distance of [away, away + 40, away + 80]) {
    for (const [dx, dy] of [[-1, 0], [1, 0], [-1, 1], [1, 1], [-1, -1], [1, -1], [0, 1], [0, -1]]) {
      const left = x + dx * distance - (dx < 0 ? card.width : dx === 0 ? card.width / 2 : 0);
      const top = y + dy * distance - (dy < 0 ? card.height : dy === 0 ? card.height / 2 : 0);
      const inside = { left: Math.max(4, Math.min(stage.width - card.width - 4, left)), top: Math.max(4, Math.min(stage.height - card.height - 4, top)) };
      const covers = x > inside.left && x < inside.left + card.width && y > inside.top && y < inside.top + card.height;
      // the order breaks ties: near before far, below before above
      places.push({ ...inside, hidden: hiddenBy(inside, card, neurons) + distance + places.length / 100 + (covers ? 1e6 : 0) });
    }
  }
  return places.reduce((best, place) => (place.hidden < best.hidden ? place : best));
}

/** How many square pixels of neurons, with their biases, a card at this place lies on. */
function hiddenBy({ left, top }, card, neurons) {
  let hidden = 0;
  for (const { x, y, size } of neurons) {
    const wide = Math.min(left + card.width, x + size / 2) - Math.max(left, x - size / 2);
    const tall = Math.min(top + card.height, y + size / 2 + BELOW) - Math.max(top, y - size / 2 - ABOVE);
    if (wide > 0 && tall > 0) hidden += wide * tall;
  }
  return hidden;
}

/** Many lines between two layers are drawn thinner, so that they stay lines. */
export const crowding = (edges) => Math.max(0.35, Math.min(1, Math.sqrt(30 / Math.max(1, edges))));
