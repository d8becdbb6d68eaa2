import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeStroke, layoutNet, placeCard } from "../../static/js/charts/net-layout.js";

const room = { width: 830, height: 580 };
const shapes = [
  { inputs: 2, layers: [4, 2, 1] }, { inputs: 2, layers: [8, 8, 8, 8, 8, 8, 1] }, { inputs: 7, layers: [64, 1] }, { inputs: 1, layers: [1] },
  { inputs: 64, layers: [16, 10], image: true }, { inputs: 4, layers: [6, 3] },
];

for (const shape of shapes) {
  for (const size of [room, { width: 528, height: 480 }, { width: 390, height: 330, phone: true }]) {
    const name = `${shape.inputs}-${shape.layers.join("-")} in ${size.width} x ${size.height}`;
    const net = layoutNet({ ...shape, ...size });

    test(`no neuron lies on another or outside: ${name}`, () => {
      for (const { neurons } of net.columns) {
        for (const [index, neuron] of neurons.entries()) {
          assert.ok(neuron.y - neuron.size / 2 >= -0.5, `${neuron.name} starts at ${neuron.y - neuron.size / 2}`);
          assert.ok(neuron.y + neuron.size / 2 <= size.height + 0.5, `${neuron.name} ends at ${neuron.y + neuron.size / 2}`);
          const next = neurons[index + 1];
          if (next) assert.ok(next.y - next.size / 2 >= neuron.y + neuron.size / 2 + (neuron.bare ? 1 : 20), "the bias mark has no room");
        }
      }
    });

    test(`every neuron is shown or counted: ${name}`, () => {
      const counts = [shape.image ? 1 : shape.inputs, ...shape.layers];
      net.columns.forEach(({ neurons, more }, index) => assert.equal(neurons.length + more, counts[index]));
    });

    test(`every shown pair of neighbours has its edge: ${name}`, () => {
      const pairs = net.columns.slice(1).reduce((sum, { neurons }, index) => sum + neurons.length * net.columns[index].neurons.length, 0);
      assert.equal(net.edges.length, pairs);
    });

    test(`columns stand apart from left to right: ${name}`, () => {
      net.columns.slice(1).forEach(({ x }, index) => assert.ok(x - net.columns[index].x >= 80));
    });
  }
}

test("a net that needs more width than there is gets it, to be scrolled", () => {
  assert.ok(layoutNet({ inputs: 2, layers: Array(9).fill(2), ...room, width: 600 }).width > 600);
});

test("eight hidden layers fit on a desk", () => {
  assert.equal(layoutNet({ inputs: 2, layers: Array(9).fill(2), ...room }).width, room.width);
});

test("every output has its picture, however low the room", () => {
  const { columns } = layoutNet({ inputs: 64, layers: [16, 10], image: true, width: 700, height: 330 });
  assert.equal(columns[2].neurons.length, 10);
});

test("words beside the inputs and the outputs have room of their own", () => {
  const { columns, width } = layoutNet({ inputs: 4, layers: [6, 3], ...room, before: 90, after: 80 });
  assert.ok(columns[0].x - columns[0].neurons[0].size / 2 >= 90);
  assert.ok(columns[2].x + columns[2].neurons[0].size / 2 <= width - 80);
});

test("a positive weight is solid and a negative one dashed", () => {
  assert.deepEqual(edgeStroke(1), { sign: "pos", width: 4.4, dash: "none" });
  assert.equal(edgeStroke(-1).sign, "neg");
  assert.match(edgeStroke(-1).dash, /^8\.4 5\.1$/);
});

test("a line is never wider than nine pixels nor absent", () => {
  assert.equal(edgeStroke(50).width, 9);
  assert.equal(edgeStroke(0).width, 1.3);
});

test("a weight that is not a number is drawn as broken", () => {
  assert.equal(edgeStroke(NaN).sign, "broken");
  assert.equal(edgeStroke(Infinity).sign, "broken");
});

test("a card stands beside its point, inside the stage, on no neuron when there is room", () => {
  const neurons = [{ x: 300, y: 100, size: 58 }, { x: 500, y: 300, size: 58 }];
  const card = { width: 160, height: 60 };
  const spot = placeCard([400, 200], card, neurons, room);
  assert.ok(spot.left >= 0 && spot.left + card.width <= room.width && spot.top >= 0 && spot.top + card.height <= room.height);
  assert.ok(spot.hidden < 1000);
});

test("a card never covers the point it speaks of", () => {
  for (const point of [[10, 10], [820, 10], [10, 570], [820, 570], [400, 290]]) {
    const { left, top } = placeCard(point, { width: 200, height: 120 }, [], room);
    assert.ok(!(point[0] > left && point[0] < left + 200 && point[1] > top && point[1] < top + 120), `${point}`);
  }
});
