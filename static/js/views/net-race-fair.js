// @ts-check
/** That it is fair: the fingerprints of the first weights and of the order of the batches, of every lane. */
import { h, setAttribute, setText } from "../dom.js";
import { integer } from "../format.js";

const SHORT = 8;

/** @param {any} context */
export function netRaceFair(context) {
  const { t } = context;
  const start = fact(context, "start");
  const batches = fact(context, "batches");
  context.select((state) => state.races, (_, state) => state.spec && start.write(state.sameStart, state.starts));
  context.select((state) => `${state.races} ${state.frame?.sameBatches} ${state.frame?.lanes.map((lane) => lane.batches)}`, (_, { frame }) => frame && batches.write(frame.sameBatches, frame.lanes.map((lane) => lane.batches), Math.max(...frame.lanes.map((lane) => lane.epochs))));
  return h("section", { class: "race-panel net-fair", "data-view": "net-fair" }, h("h2", {}, t("nets.fair.title")), start.element, batches.element);
}

/** One fact: whether it holds, the fingerprint, and on demand what it is and that of each lane. */
function fact(context, name) {
  const { t } = context;
  const sign = h("span", { class: "fair-sign" });
  const words = h("span", {});
  const print = h("code", {});
  const about = h("p", { class: "hint" });
  const list = h("ul", { class: "fair-prints" });
  const element = h("details", { "data-testid": `fair-${name}` }, h("summary", { "data-keep": `fair-${name}` }, sign, words, print), about, list);
  return {
    element,
    write(holds, prints, epochs = 0) {
      setText(sign, holds ? "✓" : "✗");
      setAttribute(element, "data-holds", holds);
      setText(words, t(holds ? `nets.fair.${name}` : `nets.fair.${name}_differs`));
      // lanes that have diverged have begun fewer epochs: the longest stands for all
      const most = holds ? prints[0] : "";
      setText(print, most.slice(0, SHORT));
      setText(about, t(`nets.fair.${name}_about`, name === "batches" ? { epochs: integer(epochs) } : {}));
      list.replaceChildren(...prints.map((each, index) => h("li", {}, h("span", {}, context.laneName(index)), h("code", {}, each))));
    },
  };
}
