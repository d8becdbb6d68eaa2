// @ts-check
/**
 * The net's answer, large: over the plane, along x, or as probabilities of one sample. While a neuron is hovered, focused or
 * pinned in the net, its own function stands here instead.
 */
import { probabilityBars } from "../charts/bars.js";
import { drawCurve } from "../charts/curve.js";
import { fieldImage, grayImage, rampLookup, rgb, signLookup, signMatrix } from "../charts/field.js";
import { drawSwatch, markOf, nearestMark } from "../charts/marks.js";
import { drawPlane } from "../charts/plane.js";
import { h, icon, pointIn, setAttribute, setText } from "../dom.js";
import { decimal, signed } from "../format.js";
import { createNames } from "../net-reading.js";
import { partOfOwn, withWords } from "../own.js";

const SIDE = 8;

/** @param {any} context */
export function outputView(context) {
  const { t, store } = context;
  const title = h("h2", {}, t("output.title"));
  const subtitle = h("p", { class: "hint" });
  const body = h("div", { class: "output-body" });
  const key = h("div", { class: "output-key" });
  // one canvas for all planes: painting goes on while data come and go
  const canvas = h("canvas", { class: "output-picture", role: "img" });
  const spoken = h("p", { class: "visually-hidden", role: "status" });
  /** @type {any} */
  let painter = null; // loaded when somebody first paints
  const painting = { isOn: () => store.get().spec?.data.name === "points", draw: (scales, colors) => painter?.draw(scales, colors), marks: (draft) => painter?.marks(draft) ?? null };
  const brushes = partOfOwn(context, ["points"], async () => {
    const { createPainter } = await withWords(context, import("../charts/painter.js"));
    painter ??= createPainter(context, canvas, { scalesOf: () => picture?.scales?.() ?? null, say: (words) => setText(spoken, words), redraw: () => draw() });
    return (await import("../charts/own-data.js")).brushesPart(context);
  });
  /** @type {{draw: (state: any, words: any) => void, scales?: () => any}|null} */
  let picture = null;
  let size = { width: 0, height: 0 };

  const rebuild = () => {
    const { data, spec } = store.get();
    const scales = picture?.scales?.() ?? null; // a click between two data must not be lost
    picture = null;
    if (!data || !spec || data.name !== spec.data.name) return;
    if (data.dimensions > 2) picture = samplePicture(context, body);
    else {
      if (body.firstChild !== canvas) body.replaceChildren(canvas);
      picture = planePicture(context, canvas, data, painting, painting.isOn() ? scales : null, () => size);
    }
    key.replaceChildren(...keyRows(context, data));
    draw();
  };
  const draw = () => {
    const state = store.get();
    if (!picture || !state.frame || state.frame.revision !== state.revision || !belong(state)) return;
    const words = caption(context, state);
    setText(title, words.title);
    setText(subtitle, words.subtitle);
    picture.draw(state, words);
  };
  context.select((state) => `${state.data?.serial} ${state.data?.name === state.spec?.data.name} ${state.ui.theme}`, rebuild);
  context.select((state) => state.frame, draw);
  context.select((state) => state.ui, draw);
  const observer = new ResizeObserver(() => {
    size = { width: canvas.clientWidth, height: canvas.clientHeight }; // asked for while drawing, the whole page would be laid out for it
    draw();
  });
  observer.observe(body);
  observer.observe(canvas);
  context.onDispose(() => observer.disconnect());

  return h("section", { class: "panel output", "data-view": "output" }, title, subtitle, body, brushes, key, spoken);
}

/** Whether the frame is of these data: with data of one's own the name stays when classes and inputs change. */
function belong({ frame, data }) {
  if (data.dimensions > 2) return true;
  if (data.dimensions === 1) return frame.curves.output !== null;
  const { output } = frame.pictures;
  return output !== null && (data.task === "multiclass" ? output.shape.length === 3 && output.shape[0] === data.classes : output.shape.length === 2);
}

/** The neuron or input that the reader looks at, if it has a function of its own to show. */
function lookedAt({ ui, spec }) {
  const place = ui.focus ?? ui.pinned;
  if (!place || !spec || place.kind === "weight" || place.kind === "bias") return null;
  return place.kind === "neuron" && place.layer === spec.network.layers.length - 1 && spec.network.layers[place.layer].units === 1 ? null : place;
}

function caption(context, state) {
  const { t } = context;
  const { data, spec } = state;
  const place = lookedAt(state);
  const kind = data.dimensions === 2 ? "plane" : data.dimensions === 1 ? "curve" : "probabilities";
  if (!place) return { title: t("output.title"), subtitle: kind === "probabilities" && data.task !== "multiclass" ? t("own.sample.answer") : t(`output.${kind}`) };
  const name = createNames(context, spec).neuron(place.layer, place.index);
  if (place.kind === "input") return kind === "probabilities" ? { title: t("output.title"), subtitle: t("output.probabilities") } : { title: t("output.input_title", { name }), subtitle: t(kind === "plane" ? "output.input_plane" : "output.neuron_curve") };
  const pixels = isImages(data) && place.layer === 0;
  return { title: t("output.neuron_title", { name }), subtitle: t(pixels ? "output.neuron_weights" : kind === "probabilities" ? "output.neuron_values" : `output.neuron_${kind}`) };
}

/** Names of the axes; of a measured curve also the upward one, which is in the units that the target is scaled to. */
function axesOf(context, data) {
  const names = data.axes.map((name) => context.axisName(name));
  if (!["table", "diabetes", "stocks", "weather"].includes(data.name) || data.dimensions !== 1 || data.task !== "regression") return names;
  const unit = { standardize: " (σ)", min_max: " (0…1)", none: "" }[context.store.get().spec.data.scaling ?? "standardize"];
  return [...names, `${data.target}${unit}`];
}

const isImages = (data) => data.name === "digits";

/** One or two dimensions: a canvas with axes and points; a click on a point makes it the chosen sample, unless one paints. */
function planePicture(context, canvas, data, painting, before, size) {
  const { t } = context;
  let scales = before;
  const points = data.points;
  const plain = { bounds: data.bounds, axes: axesOf(context, data), task: data.task, classes: data.classes, points, targets: data.targets, train: data.train, validation: data.validation };
  /** @type {any} */
  let draft = null; // what is painted, before the data are that
  canvas.onclick = (event) => {
    if (!scales || !points || painting.isOn()) return;
    const index = nearestMark(points, scales, ...pointIn(canvas, event), 14, data.dimensions === 1 ? data.targets.data : undefined);
    if (index >= 0) context.setProbe(index);
  };
  const isPainted = painting.isOn();
  setAttribute(canvas, "role", isPainted ? "application" : "img");
  canvas.classList.toggle("painted", isPainted);
  if (isPainted) canvas.tabIndex = 0;
  else canvas.removeAttribute("tabindex");
  return {
    scales: () => scales,
    draw(state, words) {
      const { frame } = state;
      const place = lookedAt(state);
      if (!size().width) return;
      const options = { ...size(), colors: context.colors() };
      const probe = frame.probe?.index;
      if (draft?.of !== state.ui.draft) draft = state.ui.draft ? { of: state.ui.draft, marks: painting.marks(state.ui.draft) } : null;
      scales = data.dimensions === 2
        ? drawPlane(canvas, { ...plain, probe, ...fields(frame, data, place), ...(isPainted ? draft?.marks : null) }, options)
        : drawCurve(canvas, { ...plain, probe, curve: curveOf(frame, data, place) }, options);
      if (isPainted) painting.draw(scales, options.colors);
      setAttribute(canvas, "aria-label", isPainted ? t("own.paint.picture", { words: t("output.picture", words) }) : t("output.picture", words));
    },
  };
}

const slice = ({ data, shape: [, rows, columns] }, index) => ({ data: data.subarray(index * rows * columns, (index + 1) * rows * columns), shape: [rows, columns] });

function fields(frame, data, place) {
  const output = frame.pictures.output;
  if (!place) return data.task === "multiclass" ? { classField: output } : { field: output };
  if (place.kind === "input") return { field: slice(data.pictures.inputs, place.index), contour: false };
  const own = frame.pictures.layers[place.layer];
  if (own) return { field: slice(own, place.index) };
  // one class of several: its probability, from none to certain, on the positive half of the scale
  const { data: bytes, shape } = slice(output, place.index);
  return { field: { data: Uint8Array.from(bytes, (byte) => 127.5 + byte / 2), shape }, contour: false };
}

function curveOf(frame, data, place) {
  if (!place) return frame.curves.output;
  const all = place.kind === "input" ? data.curves.inputs : frame.curves.layers[place.layer] ?? frame.curves.output;
  const count = all.shape[all.shape.length - 1];
  return { data: all.data.subarray(place.index * count, (place.index + 1) * count), shape: [count] };
}

/** More dimensions: one sample as the net sees it, and its probabilities; the samples can be leafed through. */
function samplePicture(context, body) {
  const { t, store } = context;
  const image = h("canvas", { class: "sample-image", role: "img" });
  const name = h("p", { class: "sample-name" });
  const truth = h("p", { class: "sample-truth" });
  const features = h("dl", { class: "sample-features" });
  const standardized = h("p", { class: "hint" }, t("output.standardized"));
  const bars = h("ul", { class: "bars" });
  const leaf = (step, words, shape) => h("button", { type: "button", class: "button dense icon", "aria-label": words, title: words, onclick: () => {
    const { data, frame } = store.get();
    if (frame.probe) context.setProbe((frame.probe.index + step + data.rows) % data.rows);
  } }, icon(shape));
  body.replaceChildren(
    h("div", { class: "sample" },
      h("div", { class: "sample-head" }, leaf(-1, t("output.previous"), "left"), name, leaf(1, t("output.next"), "right")),
      h("div", { class: "sample-body" }, image, h("div", {}, truth, features, standardized))),
    bars);
  let built = "";
  return {
    draw(state, words) {
      const { frame, data } = state;
      const { probe, activations } = frame;
      if (!probe || !activations.input) return;
      const colors = context.colors();
      const place = lookedAt(state);
      const pixels = isImages(data);
      const classNames = Array.from({ length: data.classes }, (_, index) => context.classLabel(data.name, index));
      const values = Array.from(activations.prediction.data);
      const answer = values.indexOf(Math.max(...values));
      const single = data.task !== "multiclass";
      setText(name, t(`output.sample_${probe.split}`, { index: probe.index + 1 }));
      const [known, said] = single ? singleAnswer(context, data, probe.target, values[0]) : [classNames[probe.target], classNames[answer] ?? "–"];
      setText(truth, `${t("output.truth", { name: known })} · ${t("output.answer", { name: said })}`);
      setAttribute(truth, "data-right", single ? (data.task === "binary" ? values[0] > 0 === probe.target > 0 : "none") : answer === probe.target);
      bars.hidden = single;
      image.hidden = !pixels;
      const scaling = state.spec.data.scaling ?? "standardize";
      setText(standardized, scaling === "standardize" ? t("output.standardized") : scaling === "min_max" ? t("own.sample.min_max") : t("own.sample.unscaled"));
      standardized.hidden = pixels;
      const weights = pixels && place?.kind === "neuron" && place.layer === 0;
      // one subject at a time: a neuron's weights are not this sample's
      for (const part of [truth, bars, name]) part.classList.toggle("away", weights);
      if (pixels) {
        if (weights) {
          const weight = frame.parameters["layers.0.weight"];
          signMatrix(image, weight.data, [SIDE, SIDE], { lookup: signLookup(colors.sign), offset: place.index, stride: weight.shape[1] });
        } else grayImage(image, activations.input.data, [SIDE, SIDE], { lookup: rampLookup(rgb(colors.ground), rgb(colors.ink)) });
        setAttribute(image, "aria-label", place ? t("output.picture", words) : t("output.sample", { index: probe.index + 1 }));
      } else features.replaceChildren(...data.inputs.map((input, index) => [h("dt", {}, context.label("features", input)), h("dd", {}, scaling === "standardize" ? `${signed(activations.input.data[index])} σ` : decimal(activations.input.data[index]))]).flat());
      if (single) return;
      const rows = probabilityBars(classNames, values);
      if (built !== classNames.join("|")) {
        built = classNames.join("|");
        bars.replaceChildren(...rows.map(() => h("li", {}, h("span", { class: "bar-name" }), h("span", { class: "bar-track", "aria-hidden": "true" }, h("span", { class: "bar-fill" })), h("span", { class: "bar-value" }))));
      }
      rows.forEach((row, index) => {
        const [label, track, value] = bars.children[index].children;
        setText(label, row.name);
        setText(value, row.text);
        setAttribute(bars.children[index], "data-truth", index === probe.target);
        setAttribute(bars.children[index], "data-strongest", row.strongest);
        /** @type {any} */ (track.firstElementChild).style.transform = `scaleX(${row.share.toFixed(4)})`;
      });
    },
  };
}

/** Truth and answer of a net with one output, in words: a class with the number behind it, or values in their own unit. */
function singleAnswer(context, data, target, value) {
  if (data.task === "regression") {
    const [shift, spread] = data.targetUnits;
    return [target, value].map((scaled) => decimal(shift + spread * scaled));
  }
  const name = (number) => (data.classNames.length ? data.classNames[number > 0 ? 1 : 0] : number > 0 ? "+1" : "−1");
  return [name(target), `${name(value)} (${signed(value)})`];
}

/** What colours and marks mean. */
function keyRows(context, data) {
  const { t } = context;
  const colors = context.colors();
  if (data.dimensions > 2) return [];
  const swatch = (mark) => {
    const canvas = h("canvas", { class: "swatch", "aria-hidden": "true" });
    drawSwatch(canvas, mark, { size: 14, ground: colors.ground });
    return canvas;
  };
  const item = (mark, words) => h("span", { class: "legend-item" }, swatch(mark), words);
  const splits = [item({ shape: "disc", color: colors.ink2, hollow: false }, t("output.train")), item({ shape: "disc", color: colors.ink2, hollow: true }, t("output.test"))];
  if (data.validation) splits.splice(1, 0, item({ shape: "disc", color: colors.ink2, hollow: true, dotted: true }, t("output.validation")));
  if (data.task === "multiclass") {
    const classes = Array.from({ length: data.classes }, (_, index) => item(markOf(index, { task: data.task, classes: data.classes, colors }), context.classLabel(data.name, index)));
    return [h("div", { class: "key-row" }, classes), h("div", { class: "key-row" }, splits)];
  }
  const bar = h("canvas", { class: "sign-bar", "aria-hidden": "true" });
  fieldImage(bar, Uint8Array.from({ length: 256 }, (_, index) => index), [1, 256], { lookup: signLookup(colors.sign) });
  const scale = h("div", { class: "sign-words" }, h("span", {}, "−1"), h("span", { class: "neg" }, t("output.negative")), h("span", {}, "0"), h("span", { class: "pos" }, t("output.positive")), h("span", {}, "+1"));
  const classes = data.task === "binary" ? [1, -1].map((target) => item(markOf(target, { task: data.task, classes: 2, colors }), data.classNames.length ? data.classNames[target > 0 ? 1 : 0] : t("output.class", { name: target > 0 ? "+1" : "−1" }))) : [];
  return [...(data.dimensions === 2 ? [bar, scale] : []), h("div", { class: "key-row" }, classes, splits)];
}
