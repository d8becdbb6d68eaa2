// @ts-check
/** How one looks at the loss: along which directions, around what, how finely, after how many steps. */
import { h, icon, setText } from "../dom.js";
import { numberField, segmented } from "../fields.js";
import { integer } from "../format.js";
import { RESOLUTIONS, resolutionOf } from "../landscape-state.js";

/** @param {any} context */
export function landscapeLook(context) {
  const { t, store } = context;
  const directions = segmented(context, { label: t("landscape.directions"), choices: ["paths", "random"].map((name) => [name, t(`landscape.along.${name}`)]), read: (state) => state.look.directions, write: (value) => context.look({ directions: value }) });
  const dimensions = segmented(context, { label: t("landscape.dimensions"), choices: [["2", t("landscape.plane")], ["1", t("landscape.line")]], read: (state) => String(state.look.dimensions), write: (value) => context.look({ dimensions: Number(value) }) });
  const about = h("p", { class: "hint landscape-about" });
  context.select((state) => `${state.look.directions}_${state.look.dimensions}`, (kind) => setText(about, t(`landscape.about.${kind}`)));

  const choice = (name, write) => h("select", { class: "select", id: `landscape-${name}`, "data-keep": `landscape-${name}`, onchange: (event) => write(event.target.value) });
  const row = (name, control) => h("div", { class: "field" }, h("label", { for: control.id }, t(`landscape.${name}`)), control);
  const resolution = choice("resolution", (value) => context.look({ resolution: Number(value) }));
  context.select((state) => `${state.look.dimensions} ${state.look.resolution}`, (_, { look }) => {
    resolution.replaceChildren(...RESOLUTIONS[look.dimensions].map((count) => h("option", { value: count }, look.dimensions === 2 ? `${count} × ${count}` : integer(count))));
    resolution.value = String(resolutionOf(look));
  });
  const centre = choice("centre", (value) => context.look({ centre: ["best", "mean"].includes(value) ? value : Number(value) }));
  context.select((state) => `${state.look.centre} ${state.spec && JSON.stringify(state.spec.lanes.map((lane) => lane.optimizer.name))}`, (_, { look, spec }) => {
    const lanes = (spec?.lanes ?? []).map((lane, index) => h("option", { value: index }, t("landscape.end_of", { name: `${index + 1} ${context.label("optimizers", lane.optimizer.name)}` })));
    centre.replaceChildren(h("option", { value: "best" }, t("landscape.best")), h("option", { value: "mean" }, t("landscape.mean")), ...lanes);
    centre.value = String(look.centre);
  });
  const steps = numberField(context, { path: "steps", label: t("landscape.steps"), read: (spec) => spec.steps, bounds: { type: "integer", minimum: 1, maximum: 200_000 }, change: context.setSteps });
  const seed = h("input", { class: "input", id: "landscape-seed", type: "number", min: 0, step: 1, "data-keep": "landscape-seed", onchange: () => context.look({ seed: Math.max(0, Math.min(2 ** 32 - 1, Math.round(Number(seed.value) || 0))) }) });
  const dice = h("button", { type: "button", class: "button dense icon", "aria-label": t("landscape.dice"), title: t("landscape.dice"), "data-keep": "landscape-dice", onclick: () => context.look({ seed: Math.floor(Math.random() * 10000) }) }, icon("dice"));
  const seeding = h("div", { class: "field landscape-seed" }, h("label", { for: "landscape-seed" }, t("landscape.seed")), dice, seed);
  context.select((state) => `${state.look.seed} ${state.look.directions}`, (_, { look }) => {
    seed.value = String(look.seed);
    seeding.hidden = look.directions !== "random";
  });

  return h("details", { class: "surface-settings", open: true }, h("summary", { "data-keep": "landscape-look" }, t("landscape.title")),
    h("div", { class: "landscape-look" },
      h("div", { class: "landscape-kinds" }, directions, dimensions), about,
      row("resolution", resolution), row("centre", centre), steps, seeding));
}
