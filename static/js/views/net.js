// @ts-check
/**
 * The net, the hero of the page: every neuron a small picture of its function, every weight a line whose colour and dash are
 * its sign and whose width is its size. Built anew when the net's shape or the room changes; a frame only writes numbers.
 */
import { isNarrow, sideWords } from "../charts/net-room.js";
import { createNetLines } from "../charts/net-lines.js";
import { createNeuronPictures } from "../charts/neuron-pictures.js";
import { crowding, edgeStroke, layoutNet, placeCard } from "../charts/net-layout.js";
import { h, s, setAttribute, setText } from "../dom.js";
import { power, signed } from "../format.js";
import { createNetCard } from "../net-card.js";
import { headerHeight, headers, layerButtons, legend } from "../net-controls.js";
import { isProjected, isTouch } from "../mode.js";
import { createInputsPanel } from "../net-inputs.js";
import { besides, createLayerPanel, heldOf } from "../net-layer.js";
import { listen } from "../net-pointing.js";
import { createNames, largest, layerGradient, layerParameter, readParameter, samePlace, weightAt } from "../net-reading.js";
import { loadStyle } from "../page.js";
import { shape } from "../reducer.js";

const PHONE = 760;
const NEURON_RADIUS = 6; // inside a border of one pixel
const MANY_LINES = 120; // so many take as long to draw as all the pictures: while the net trains, layers take turns

/** @param {any} context */
export function netView(context) {
  const { t, store } = context;
  const card = createNetCard(context);
  const layerPanel = createLayerPanel(context);
  const stage = h("div", { class: "net-stage" });
  const scroller = h("div", { class: "net-scroll" }, stage);
  const area = h("div", { class: "net-area" }, scroller);
  /** @type {ReturnType<typeof buildNet>|null} */
  let net = null;
  /** @type {Promise<any>|null} */
  let showHeld = null;
  /** @type {(() => void)|null} */
  let handle = null;
  let isLoading = false;
  let part = context.scope();
  context.onDispose(() => part.dispose());

  const rebuild = () => {
    const { spec, data } = store.get();
    if (!spec || !data || data.name !== spec.data.name || scroller.clientWidth === 0) return;
    const active = stage.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    const focused = active?.dataset.keep ? `[data-keep="${active.dataset.keep}"]` : active?.dataset.place ? `[data-place='${active.dataset.place}']` : null;
    const phone = innerWidth < PHONE;
    part.dispose();
    part = context.scope();
    const width = scroller.clientWidth;
    const compact = phone || isNarrow(context, spec, data, width);
    net = buildNet(part, spec, data, { width, height: stageHeight(spec, data, phone, compact), phone, compact, opener: layerPanel.opener });
    card.hide();
    stage.style.width = `${net.layout.width}px`;
    stage.replaceChildren(net.headers, net.picture, card.element);
    grip();
    if (focused) /** @type {any} */ (stage.querySelector(focused))?.focus();
    update();
    markHeld();
  };
  const load = async (part) => (await Promise.all([part, context.loadWords("held"), loadStyle("net-held")]))[0];
  /** The chosen weight or bias can be dragged. */
  const grip = () => {
    const { pinned } = store.get().ui;
    if (handle) handle();
    if (handle || isLoading || (pinned?.kind !== "weight" && pinned?.kind !== "bias")) return;
    isLoading = true;
    load(import("../net-drag.js")).then(({ createHandle }) => {
      handle = createHandle(context, stage, () => net);
    }, () => { isLoading = false; }); // the server is away: asked again with the next choice
  };
  /** What is cut out and frozen, once something is. */
  const markHeld = async () => {
    if (!showHeld && !heldOf(store.get().spec)) return;
    showHeld ??= load(import("../net-held.js"));
    const part = await showHeld.catch(() => { showHeld = null; });
    const { spec, data } = store.get();
    if (!part || net?.shape !== shape(spec)) return;
    part.showHeld(context, net, spec, data.inputs.length);
    update();
  };
  const stageHeight = (spec, data, phone, compact) => {
    if (!phone) return Math.max(220, scroller.clientHeight - headerHeight(compact, spec));
    const most = Math.min(8, Math.max(...spec.network.layers.map((layer) => layer.units), data.name === "digits" ? 1 : data.inputs.length));
    return most * (most <= 4 ? 76 : most <= 6 ? 70 : 62) + 10;
  };
  const update = () => {
    const { frame, ui, status } = store.get();
    if (!net || !frame || !net.fits(frame)) return;
    net.update(frame, ui, status.state !== "playing");
    net.blame(status.state === "diverged" ? status.overflow : null);
    const place = ui.focus ?? ui.pinned;
    if (!place || !net.has(place)) return card.hide();
    card.show(place, net.names, frame, !ui.focus || samePlace(ui.focus, ui.pinned));
    net.point(place, card.element);
  };

  context.select((state) => `${shape(state.spec)} ${besides(state.spec)} ${state.data?.serial} ${state.ui.theme}`, rebuild);
  context.select((state) => heldOf(state.spec), markHeld);
  context.select((state) => state.frame, update);
  context.select((state) => state.ui, update);
  context.select((state) => state.ui.pinned, grip);
  context.select((state) => `${state.status.state} ${state.status.overflow?.name}`, update);
  const observer = new ResizeObserver(rebuild);
  observer.observe(scroller);
  context.onDispose(() => observer.disconnect());
  listen(context, stage, () => net);

  return h("section", { class: "net", "data-view": "net", "aria-label": t("net.label") }, area, createInputsPanel(context), layerPanel.element, h("div", { class: "net-foot" }, legend(context), layerButtons(context)), h("p", { hidden: true, id: "net-keys" }, t("net.keys")));
}

/** Two decimals, and a power of ten where they would say nothing. */
const smallSigned = (value) => (value !== 0 && Math.abs(value) < 0.01 ? (value > 0 ? "+" : "") + power(value, 0) : signed(value, 2));

/** Layer headers, edges, neurons for one shape of net in one room. */
function buildNet(context, spec, data, { width, height, phone, compact, opener }) {
  const { t } = context;
  const layers = spec.network.layers;
  const last = layers.length - 1;
  const image = data.name === "digits";
  const layout = layoutNet({ inputs: data.inputs.length, layers: layers.map((layer) => layer.units), image, width, height, phone, touch: isTouch(), ...(phone ? {} : sideWords(context, spec, data)) });
  const names = createNames(context, spec);
  const colors = context.colors();
  const factors = layers.map((_, layer) => (phone ? 0.8 : isProjected() ? 1.3 : 1) * crowding(layout.columns[layer].neurons.length * layout.columns[layer + 1].neurons.length));
  const attribute = (place) => JSON.stringify(place);

  // --- neurons ---
  const neurons = layout.columns.flatMap((column, at) => column.neurons.map((neuron) => {
    const place = at === 0 ? { kind: "input", layer: -1, index: neuron.index } : { kind: "neuron", layer: at - 1, index: neuron.index };
    const name = names.neuron(at - 1, neuron.index);
    const words = image && at === 0 ? t("net.pixels") : at === 0 ? t("net.input", { name }) : at - 1 === last ? t("net.output_neuron", { name }) : t("net.neuron", { name });
    const element = h("button", {
      type: "button", class: `neuron${at === 0 ? " input" : at - 1 === last ? " output" : ""}`, "data-place": attribute(place), "aria-label": words, "aria-describedby": "net-keys",
      tabindex: at === 0 && neuron.index === 0 ? 0 : -1,
    });
    Object.assign(element.style, { left: `${neuron.x - neuron.size / 2}px`, top: `${neuron.y - neuron.size / 2}px`, width: `${neuron.size}px`, height: `${neuron.size}px` });
    return { ...neuron, place, element, at, pixelated: image && at < 2, label: neuronLabel(neuron, at, name) };
  }));
  function neuronLabel(neuron, at, name) {
    const several = at - 1 === last && layers[last].units > 1;
    if (at > 0 && at - 1 < last && !layout.numbered) return null;
    if (image && at === 0) return null;
    const beside = !phone && (several || at === 0);
    const variable = (at === 0 && /^(x|sin)/.test(spec.data.features[neuron.index] ?? "")) || name === "ŷ";
    const element = h("span", { class: `neuron-label${variable ? " variable" : ""}${beside ? (several ? " after" : " before") : " above"}`, "aria-hidden": "true" }, name);
    const top = beside ? neuron.y : neuron.y - neuron.size / 2 - 9;
    Object.assign(element.style, beside && several ? { left: `${neuron.x + neuron.size / 2 + 6}px`, top: `${top}px` }
      : beside ? { right: `${layout.width - neuron.x + neuron.size / 2 + 8}px`, top: `${top}px` }
        : { left: `${neuron.x - neuron.size / 2}px`, top: `${top}px` });
    return element;
  }

  // --- biases ---
  const biases = neurons.filter(({ at, bare }) => at > 0 && !bare).map(({ x, y, size, place }) => {
    const value = h("span", { class: "bias-value" });
    const stub = h("span", { class: "bias-stub" });
    const element = h("button", { type: "button", class: "bias", tabindex: -1, "data-place": attribute({ ...place, kind: "bias" }), "aria-label": `${t("net.bias")} ${names.neuron(place.layer, place.index)}` },
      stub, h("span", { class: "bias-ring", "aria-hidden": "true" }, "1"), value);
    Object.assign(element.style, { left: `${x - Math.min(size / 2, 20)}px`, top: `${y + size / 2}px` });
    return { element, value, stub, place };
  });

  // --- edges ---
  const edges = layout.edges.filter((edge) => !(image && edge.layer === 0)).map((edge) => {
    const place = attribute({ kind: "weight", layer: edge.layer, index: edge.to, from: edge.from });
    return { ...edge, stroke: edgeStroke(0), held: "", isBroken: false, hit: s("path", { class: "edge-hit", d: edge.d, "data-place": place }) };
  });
  const bundle = image ? layout.edges.filter((edge) => edge.layer === 0).map((edge) => s("path", { class: "edge-bundle", d: edge.d })) : [];
  // the chosen line is drawn once more, on top, in a ring of ink with a gap of ground
  const rings = [s("path", { class: "edge-ring" }), s("path", { class: "edge-gap" }), s("path", { class: "edge" })];
  const front = s("g", { class: "front" }, rings, s("line", {}), s("circle", { r: 3 }));
  /** @type {any} */
  let chosen = null;
  function ring({ sign, width, dash }) {
    for (const [index, extra] of [6, 3, 0].entries()) setAttribute(rings[index], "stroke-width", width + extra);
    setAttribute(rings[2], "class", `edge ${sign}`);
    setAttribute(rings[2], "stroke-dasharray", dash);
  }
  const svg = s("svg", { class: "edges", width: layout.width, height, viewBox: `0 0 ${layout.width} ${height}`, "aria-hidden": "true" },
    bundle, front, edges.map((edge) => edge.hit));

  const more = layout.columns.filter((column) => column.more > 0).map((column) => {
    const element = h("span", { class: "more hint" }, t("net.more", { count: column.more }));
    Object.assign(element.style, { left: `${column.x}px`, top: `${column.moreY}px` });
    return element;
  });
  const lines = h("canvas", { class: "net-lines", "aria-hidden": "true" });
  const drawLayer = createNetLines(lines, edges, { width: layout.width, height, columns: layout.columns.map(({ x }) => x), colors });
  const canvas = h("canvas", { class: "neuron-pictures", "aria-hidden": "true" });
  const drawPictures = createNeuronPictures(canvas, neurons, { width: layout.width, height, last, colors, radius: NEURON_RADIUS });
  const picture = h("div", { class: "net-picture" }, lines, svg, canvas, neurons.map(({ label }) => label), more, neurons.map(({ element }) => element), biases.map(({ element }) => element), callout());
  picture.style.height = `${height}px`;

  function callout() {
    const column = layout.columns[last] ?? layout.columns[0];
    const lowest = column.neurons[column.neurons.length - 1];
    if (phone || last === 0 || column.more > 0 || layers[last].units > 1 || height - lowest.y - lowest.size / 2 < 110) return null;
    const words = t(image ? "net.callout_digits" : data.dimensions === 1 ? "net.callout_curve" : data.dimensions === 2 ? "net.callout" : "net.callout_values");
    const element = h("p", { class: "callout hint" }, words);
    Object.assign(element.style, { left: `${Math.min(layout.width - 200, lowest.x - 20)}px`, top: `${Math.min(height - 44, lowest.y + lowest.size / 2 + 62)}px` });
    return element;
  }

  let previous = { place: null };
  let reference = 0;
  let drawn = "";
  let turn = 0;
  return {
    layout, names, picture, svg, neurons, biases, edges, drawLayer, shape: shape(spec),
    headers: headers(context, spec, layout, compact, opener),
    /** Not everything is drawn of wide layers and of an image. */
    has,
    /** A frame of an older net may still be on its way. */
    fits: (frame) => layers.every((layer, index) => {
      const [fanIn, fanOut] = layerParameter(frame, index, "weight")?.shape ?? [];
      return fanIn === (index ? layers[index - 1].units : data.inputs.length) && fanOut === layer.units;
    }),

    update(frame, ui, isStill) {
      turn = (turn + 1) % layers.length;
      const isWhole = isStill || edges.length < MANY_LINES || ui.edges !== drawn;
      this.drawNumbers(isWhole ? layers.map((_, layer) => layer) : [turn], frame, ui);
      drawn = ui.edges;
      if (isStill) for (const { hit, stroke } of edges) setAttribute(hit, "data-stroke", `${stroke.sign} ${stroke.width}`); // what the canvas shows
      drawPictures(frame, data, (neuron) => neuron.element.dataset.cut === "true");
      if (ui.focus ?? ui.pinned ?? previous.place) mark(ui);
    },

    /** The weights and biases of some layers, all to one scale. */
    drawNumbers(some, frame, ui) {
      // gradients have no common size: the widest line is the largest of them, let down slowly so that widths do not flicker
      if (ui.edges === "gradient") reference = Math.max(largest(frame.gradients), reference * 0.97);
      const scale = ui.edges === "gradient" ? 2.5 / (reference || 1) : 1;
      const read = ui.edges === "gradient" ? layerGradient : layerParameter;
      for (const edge of edges) {
        if (!some.includes(edge.layer)) continue;
        const array = read(frame, edge.layer, "weight");
        edge.stroke = edgeStroke(array ? weightAt(array, edge.from, edge.to) * scale : NaN, factors[edge.layer]);
        if (edge === chosen) ring(edge.stroke);
      }
      some.forEach(drawLayer);
      for (const bias of biases) {
        if (!some.includes(bias.place.layer)) continue;
        const numbers = readParameter(frame, { ...bias.place, kind: "bias" });
        const value = ui.edges === "gradient" ? numbers.gradient : numbers.value;
        const text = ui.edges === "gradient" ? smallSigned(value) : signed(value, 2);
        setText(bias.value, text);
        setAttribute(bias.element, "data-sign", text.startsWith("+") ? "pos" : text.startsWith("−") ? "neg" : "zero");
        bias.stub.style.width = `${Math.min(9, 1.3 + 3.1 * Math.abs(value * scale)).toFixed(1)}px`;
      }
    },

    /** Outlines where the first number overflowed: the lines of a layer's weights, or its neurons. */
    blame(overflow) {
      const weights = overflow?.kind !== "value" && /weight$/.test(overflow?.name ?? "");
      const changed = edges.filter((edge) => edge.isBroken !== (weights && edge.layer === overflow.layer));
      for (const edge of changed) edge.isBroken = !edge.isBroken;
      for (const layer of new Set(changed.map((edge) => edge.layer))) drawLayer(layer);
      for (const { element, at } of neurons) setAttribute(element, "data-broken", Boolean(overflow) && !weights && at === (overflow.layer ?? last) + 1);
    },

    /** Puts the card beside its place, with a line to it. */
    point(place, element) {
      const [x, y] = anchor(place);
      if (phone) return;
      const box = { width: element.offsetWidth, height: element.offsetHeight };
      const spot = placeCard([x, y], box, neurons, { width: layout.width, height }, place.kind === "weight" ? 30 : 44);
      element.style.transform = `translate(${Math.round(spot.left)}px, ${Math.round(spot.top + headerHeight(compact, spec))}px)`;
      const ends = { x: Math.max(spot.left, Math.min(spot.left + box.width, x)), y: Math.max(spot.top, Math.min(spot.top + box.height, y)) };
      const [line, dot] = [...front.children].slice(rings.length);
      for (const [name, value] of Object.entries({ x1: x, y1: y, x2: ends.x, y2: ends.y })) setAttribute(line, name, value);
      setAttribute(dot, "cx", x);
      setAttribute(dot, "cy", y);
    },

    neighbour(element, [dx, dy]) {
      const here = neurons.find((neuron) => neuron.element === element);
      if (!here) return null;
      const column = neurons.filter((neuron) => neuron.at === here.at + dx);
      const next = dx ? column.reduce((best, neuron) => (!best || Math.abs(neuron.y - here.y) < Math.abs(best.y - here.y) ? neuron : best), null) : column[here.index + dy];
      if (!next) return null;
      here.element.tabIndex = -1;
      next.element.tabIndex = 0;
      return next.element;
    },
  };

  function has(place) {
    return Boolean(place.kind === "weight" ? edgeAt(place) : neuronAt(place));
  }
  function edgeAt({ kind, layer, from, index }) {
    return kind === "weight" ? edges.find((edge) => edge.layer === layer && edge.from === from && edge.to === index) ?? null : null;
  }
  function neuronAt({ layer, index }) {
    return neurons.find((neuron) => neuron.at === layer + 1 && neuron.index === index);
  }
  function anchor(place) {
    if (place.kind === "weight") return edgeAt(place)?.middle ?? [0, 0];
    const neuron = neuronAt(place);
    if (!neuron) return [0, 0];
    return place.kind === "bias" ? [neuron.x, neuron.y + neuron.size / 2 + 12] : [neuron.x, neuron.y];
  }

  function mark(ui) {
    const named = ui.focus ?? ui.pinned;
    const place = named && has(named) ? named : null;
    if (samePlace(place, previous.place)) return;
    previous = { place };
    chosen = place && edgeAt(place);
    setAttribute(front, "data-shown", Boolean(chosen) || (Boolean(place) && !phone));
    setAttribute(front, "data-leader", !phone);
    setAttribute(front, "data-ring", Boolean(chosen));
    if (chosen) {
      for (const path of rings) setAttribute(path, "d", chosen.d);
      ring(chosen.stroke);
    }
    const ends = (neuron) => {
      if (!place) return false;
      if (place.kind !== "weight") return neuron.at === place.layer + 1 && neuron.index === place.index;
      return (neuron.at === place.layer && neuron.index === place.from) || (neuron.at === place.layer + 1 && neuron.index === place.index);
    };
    for (const neuron of neurons) {
      setAttribute(neuron.element, "data-chosen", ends(neuron));
      setAttribute(neuron.element, "aria-describedby", place && place.kind !== "weight" && ends(neuron) ? "net-card" : "net-keys");
    }
    for (const bias of biases) setAttribute(bias.element, "data-chosen", place?.kind === "bias" && place.layer === bias.place.layer && place.index === bias.place.index);
  }
}
