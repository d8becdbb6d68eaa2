// @ts-check
/** Whose prices: the choice that only a series of stock prices has. */
import { h } from "./dom.js";
import { selectField } from "./fields.js";
import { help } from "./help.js";

/** @param {any} context */
export function companyPart(context) {
  const label = context.label("fields", "company");
  const { choices } = context.dataset("stocks").fields.find((field) => field.name === "company");
  const field = selectField(context, {
    path: "data.company", label, read: (spec) => spec.data.company, write: (company) => ({ data: { company } }),
    options: () => choices.map((name) => [name, name]), help: help(context, "company", label),
  });
  const part = h("div", {}, field);
  context.select((state) => state.spec?.data.name, (name) => { part.hidden = name !== "stocks"; });
  return part;
}
