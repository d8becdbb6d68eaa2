// @ts-check
/** What all lanes share: data, net, loss, and the two numbers one likes to change: the batch and the seed. */
import { MOST_LINKED_POINTS } from "../address.js";
import { h, icon, setAttribute } from "../dom.js";
import { numberField } from "../fields.js";
import { lossName } from "../spec-reading.js";

/** @param {any} context */
export function netRaceAbout(context) {
  const { t } = context;
  const facts = h("dl", { class: "net-facts" });
  const link = h("a", { class: "button dense", "data-keep": "race-playground" }, icon("net"), t("nets.playground"));
  context.select((state) => state.spec?.spec, (spec) => {
    if (!spec) return;
    const { layers } = spec.network;
    const hidden = layers.slice(0, -1).map((layer) => `${layer.units} ${context.label("activations", layer.activation)}`);
    const rows = [
      ["data", [context.label("datasets", spec.data.name), spec.data.noise > 0 && t("nets.noise", { noise: spec.data.noise })].filter(Boolean).join(", ")],
      ["hidden", hidden.length ? hidden.join(" → ") : t("nets.no_hidden")],
      ["loss", context.label("losses", lossName(spec))],
      ["penalty", spec.regularization.name === "none" ? null : `${context.label("regularizations", spec.regularization.name)} ${spec.regularization.rate}`],
    ].filter(([, text]) => text);
    facts.replaceChildren(...rows.map(([name, text]) => h("div", {}, h("dt", {}, t(`nets.facts.${name}`)), h("dd", {}, text))));
  });
  context.select((state) => `${state.races} ${state.chosen.lane}`, (_, { spec }) => {
    if (!spec) return;
    link.hidden = spec.spec.data.points?.length > MOST_LINKED_POINTS; // which no address can hold
    setAttribute(link, "href", context.playgroundAddress());
  });
  const shared = (field, value) => context.change((race) => ({ ...race, spec: { ...race.spec, [field]: value } }));
  const number = (path, field, bounds) => numberField(context, { path, label: t(`nets.facts.${field}`), read: ({ spec }) => (typeof spec[field] === "number" ? spec[field] : undefined), bounds, change: (value) => shared(field, value) });
  return h("details", { class: "surface-settings", open: innerWidth >= 760 }, h("summary", { "data-keep": "net-settings" }, t("nets.about")), facts,
    h("div", { class: "surface-fields" }, batchField(context, number), number("spec.seed", "seed", { type: "integer", minimum: 0, maximum: 4294967295 })), link);
}

/** All rows at once are no number. */
function batchField(context, number) {
  const field = number("spec.batch_size", "batch_size", { type: "integer", minimum: 1, maximum: 100_000 });
  context.select((state) => state.spec?.spec.batch_size === "all", (isAll) => { field.hidden = isAll; });
  return field;
}
