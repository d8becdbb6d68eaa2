// @ts-check
/** What was found, in words: what it is, the number that shows it, why, and what could be tried. */
import { decimal, integer, lossText, percent, power } from "./format.js";

/** A ratio as it is read best: "0.012", "3.1×10⁻⁵"; null is what is no longer finite. @param {number|null} value */
export function ratioText(value) {
  if (value === null) return "∞";
  if (value < 0.01 || value >= 10000) return power(value);
  return decimal(value, value >= 100 ? 0 : value >= 1 ? 2 : 3);
}

/** @param {any} context @param {any} spec */
export function createDiagnosisWords({ t, label }, spec) {
  const last = spec.network.layers.length - 1;
  const layerName = (index) => (index === last ? t("diagnosis.output") : t("diagnosis.layer", { number: index + 1 }));
  const layersName = (layers) => {
    const hidden = layers.filter((index) => index < last).sort((a, b) => a - b).map((index) => index + 1);
    const names = [...(hidden.length > 1 ? [t("diagnosis.several", { numbers: hidden.join(t("diagnosis.comma")) })] : hidden.map((number) => layerName(number - 1))), ...(layers.includes(last) ? [layerName(last)] : [])];
    return names.join(t("diagnosis.comma"));
  };

  /** The sentence with the number. */
  function shows({ kind, layer, value, threshold, numbers, overflow }) {
    const worst = layer === null ? "" : layerName(layer);
    switch (kind) {
      case "dead": return t("diagnosis.dead.shows", { layer: worst, share: percent(value, 0), limit: percent(threshold, 0) });
      case "saturated": return t("diagnosis.saturated.shows", { layer: worst, share: percent(value, 0), limit: percent(threshold, 0) });
      case "vanishing": return t("diagnosis.vanishing.shows", { layer: worst, first: ratioText(numbers.first), last: ratioText(numbers.last), share: ratioText(value), limit: ratioText(threshold) });
      case "exploding": return t("diagnosis.exploding.shows", { layer: worst, gradient: ratioText(numbers.gradient), weight: ratioText(numbers.weight), limit: integer(threshold) });
      case "too_fast":
        if (layer !== null) return t("diagnosis.too_fast.step", { layer: worst, ratio: ratioText(value), limit: ratioText(threshold) });
        return "start" in numbers
          ? t("diagnosis.too_fast.worse", { now: lossText(numbers.now), start: lossText(numbers.start) })
          : t("diagnosis.too_fast.jagged", { lowest: lossText(numbers.lowest), highest: lossText(numbers.highest), rises: ratioText(value), limit: ratioText(threshold) });
      case "too_slow": return t("diagnosis.too_slow.shows", { ratio: ratioText(value), limit: ratioText(threshold), fall: percent(numbers.fall, 2) });
      case "overfitting": return t("diagnosis.overfitting.shows", { held: t(`diagnosis.held_${spec.data.validation_fraction ? "validation" : "test"}`), step: integer(numbers.best_step), best: lossText(numbers.held_best), now: lossText(numbers.held_now), train: lossText(numbers.train_now), before: lossText(numbers.train_best) });
      default: return t("diagnosis.overflow.shows", { step: integer(overflow.step), what: overflowName(overflow), largest: ratioText(value), limit: ratioText(threshold) });
    }
  }

  function overflowName({ kind, name, layer, op }) {
    const parameter = /\.(weight|bias)$/.exec(name ?? "");
    if (parameter) return t(`diagnosis.${kind === "gradient" ? "gradient" : "new"}_${parameter[1]}`, { layer: layerName(layer) });
    const where = layer === null ? t("diagnosis.loss") : layerName(layer);
    return t(`diagnosis.overflowed_${kind === "gradient" ? "gradient" : "value"}`, { op: op ?? name, layer: where });
  }

  /** "matmul (layer 1) 3.2 → add (layer 1) 10⁹⁰ → ..." */
  const chain = (links) => links.slice(-6).map(({ op, layer, largest }) => t("diagnosis.link", { op, layer: layer === null ? t("diagnosis.loss") : layerName(layer), largest: ratioText(largest) })).join(" → ");

  /** What a change of the settings would do. */
  function remedy(change) {
    if (!change) return "";
    const { optimizer, network, clipping, regularization } = change;
    if (optimizer) return t("diagnosis.try.rate", { from: String(spec.optimizer.learning_rate), to: String(optimizer.learning_rate) });
    if (clipping) return t("diagnosis.try.clip", { limit: String(clipping.limit) });
    if (regularization) return t("diagnosis.try.penalty", { name: label("regularizations", regularization.name ?? spec.regularization.name), rate: String(regularization.rate) });
    const differs = (field) => network.layers.map((_, index) => index).filter((index) => network.layers[index][field] !== spec.network.layers[index]?.[field]);
    const activations = differs("activation");
    if (activations.length) return t("diagnosis.try.activation", { name: label("activations", network.layers[activations[0]].activation), layers: layersName(activations) });
    return t("diagnosis.try.normalization", { name: label("normalizations", "layer"), layers: layersName(differs("normalization")) });
  }

  return {
    /** At the head of a row. @param {number} index */
    heading: (index) => (index === last ? t("net.output") : t("net.layer", { number: index + 1 })),
    /** @param {any} finding */
    words: (finding) => ({
      title: finding.layers.length && finding.kind !== "too_fast" && finding.kind !== "overflow" ? t(`diagnosis.${finding.kind}.title_in`, { layers: layersName(finding.layers) }) : t(`diagnosis.${finding.kind}.title`),
      shows: shows(finding),
      chain: finding.chain.length ? chain(finding.chain) : "",
      why: t(`diagnosis.${finding.kind}.why`),
      remedy: remedy(finding.change),
    }),
  };
}

/** The one field that a change is about, as problems are named. */
export const pathOf = (change) => (change.optimizer ? "optimizer.learning_rate" : change.network ? "network.layers" : Object.keys(change)[0]);
