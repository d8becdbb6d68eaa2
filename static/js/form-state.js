// @ts-check
/** What every page's state knows of its forms: what is wrong with a field, a notice, and choices of the view. Pure. */

export const without = (object, key) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

/** A reducer for the messages that a page has no words of its own for. Throws on one that is unknown. @param {any} state @param {any} message */
export function reduceForm(state, message) {
  switch (message.type) {
    case "problem":
      return { ...state, problems: { ...state.problems, [message.field]: message.problem } };
    case "solved":
      return message.field in state.problems ? { ...state, problems: without(state.problems, message.field) } : state;
    case "notice":
      return { ...state, notice: message.notice };
    case "ui":
      return { ...state, ui: { ...state.ui, ...message.changes } };
    default:
      throw new Error(`unknown message "${message.type}"`);
  }
}
