// @ts-check
/** A number that is the page's own affair: of the state's ui, refused in words like those that the server refuses. */
import { numberField } from "./fields.js";

/** @param {any} context @param {{name: string, label: string, bounds: any, read: (state: any) => number|undefined}} options  name: of the value in the state's ui */
export function ownNumberField(context, { name, label, bounds, read }) {
  const { store } = context;
  const { type, minimum, maximum, exclusive_minimum: isOpen } = bounds;
  const isAllowed = (value) => (isOpen ? value > minimum : value >= minimum) && value <= maximum && (type !== "integer" || Number.isInteger(value));
  return numberField(context, { path: `ui.${name}`, label, bounds, read: (_, state) => read(state), change: async (value) => {
    if (isAllowed(value)) {
      store.dispatch({ type: "ui", changes: { [name]: value } });
      return { type: "ack" };
    }
    store.dispatch({ type: "problem", field: `ui.${name}`, problem: { value, allowed: bounds } });
    return { type: "error" };
  } });
}
