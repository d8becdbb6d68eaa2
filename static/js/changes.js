// @ts-check
/**
 * What was changed, in words. A kind of change is "reset", "rewind", "weights", "set optimizer.learning_rate data.noise",
 * "edit layers.0.weight [1, 2]" or "cut layers.0 [2]"; a change of a run has {path, before, after} with the same paths.
 */
import { createElementWords } from "./elements.js";
import { decimal } from "./format.js";
import { createNames } from "./net-reading.js";

/** Where the words of a field's values are. */
const MENUS = { "data.name": "datasets", loss: "losses", "optimizer.name": "optimizers", "schedule.name": "schedules", "clipping.name": "clippings", "regularization.name": "regularizations" };

/** Fields whose own words say more than the last part of their path. */
const NAMED = { "data.name": "data.data_set", "optimizer.name": "training.optimizer", "schedule.name": "training.schedule", "clipping.name": "training.clipping", "regularization.name": "training.regularization", "data.features": "data.inputs", "network.layers": "change.layers", weights: "change.weights" };

/** "layers.0.weight [1, 2]" -> "layers.0.weight[1,2]". @param {string} text */
const element = (text) => text.replaceAll(" ", "");

const isElement = (path) => path.startsWith("layers.");

/** Of several fields the one that names a choice says it best: its own settings come along. @param {string[]} paths */
const foremost = (paths) => paths.find((path) => path.endsWith(".name")) ?? paths[0];

/** @param {any} context @param {string} path */
function fieldWords(context, path) {
  const { t, label, store } = context;
  if (isElement(path)) return createElementWords(context, store.get().spec).name(element(path));
  if (path in NAMED) return t(NAMED[path]);
  return label("fields", path.split(".").filter((part) => part !== "name").pop() ?? path);
}

/** "layers.0.weight[1,2]", "layers.0[2]" for a neuron or "layers.0". @param {any} context @param {string} path */
function heldName(context, path) {
  const [, layer, index] = /^layers\.(\d+)(?:\[(\d+)\])?$/.exec(path) ?? [];
  if (layer === undefined) return fieldWords(context, path);
  return index === undefined ? context.t("net.layer", { number: Number(layer) + 1 }) : createNames(context, context.store.get().spec).neuron(Number(layer), Number(index));
}

/**
 * The name of a change that can be undone, or that a run began with.
 * @param {any} context
 * @param {string|null} kind
 */
export function changeName(context, kind) {
  const { t } = context;
  if (kind === null) return "";
  const [verb, ...rest] = kind.split(" ");
  if (verb === "edit") return fieldWords(context, rest.join(" "));
  if (["cut", "restore", "freeze", "thaw"].includes(verb)) return t(`change.${verb}`, { name: heldName(context, rest.join("")) });
  if (verb !== "set") return t(`change.${verb}`);
  const first = foremost(rest);
  const others = rest.filter((path) => path !== first && path.split(".")[0] !== first.split(".")[0]);
  return others.length ? t("change.and_more", { name: fieldWords(context, first) }) : fieldWords(context, first);
}

function valueWords(context, path, value) {
  if (value === null || value === undefined) return "";
  if (path === "network.layers") return value.map(({ units, kind }) => units ?? kind).join("-");
  if (isElement(path)) return decimal(value, 4);
  if (typeof value === "string") return context.label(MENUS[path] ?? "fields", value);
  if (Array.isArray(value)) return value.map((each) => (typeof each === "string" ? context.label("features", each) : String(each))).join(", ");
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);
}

/**
 * "Learning rate 0.03 → 0.1".
 * @param {any} context
 * @param {{path: string, before: any, after: any}[]} changes  made at once; the foremost is told
 */
export function changeText(context, changes) {
  if (!changes.length) return "";
  const { path, before, after } = /** @type {any} */ (changes.find((change) => change.path === foremost(changes.map((each) => each.path))));
  const [old, now] = [before, after].map((value) => valueWords(context, path, value));
  const words = fieldWords(context, path);
  return !now || old === now ? words : old ? `${words} ${old} → ${now}` : `${words} ${now}`;
}
