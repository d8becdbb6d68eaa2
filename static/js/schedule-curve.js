// @ts-check
/** What a schedule will do to the learning rate, as a small curve. The server computes it: the rules are the engine's. */
import { h, s, setAttribute } from "./dom.js";
import { integer } from "./format.js";
import { getJson } from "./page.js";

const WIDTH = 220;
const HEIGHT = 46;
const EDGE = 3;

/** @param {any} context */
export function scheduleCurve(context) {
  const { t } = context;
  const line = s("path", { class: "schedule-line" });
  const now = s("line", { class: "schedule-now", y1: EDGE, y2: HEIGHT - EDGE });
  const picture = s("svg", { class: "schedule-picture", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, s("path", { class: "schedule-floor", d: `M${EDGE} ${HEIGHT - EDGE}H${WIDTH - EDGE}` }), line, now);
  const words = h("p", { class: "hint" });
  const element = h("div", { class: "schedule-curve", hidden: true }, picture, words);
  let asked = 0;
  let last = 0;

  const show = async (schedule) => {
    asked += 1;
    const mine = asked;
    element.hidden = !schedule;
    if (!schedule) return;
    const { ok, body } = await getJson(`/api/schedules/preview?${new URLSearchParams(schedule)}`);
    if (mine !== asked || !ok) return;
    const { steps, factors } = body;
    picture.classList.toggle("is-unknown", factors === null);
    picture.toggleAttribute("hidden", factors === null);
    if (factors === null) {
      words.textContent = t("training.schedule_watches");
      return;
    }
    last = steps[steps.length - 1];
    const points = steps.map((step, index) => `${(EDGE + (step / last) * (WIDTH - 2 * EDGE)).toFixed(1)} ${(HEIGHT - EDGE - factors[index] * (HEIGHT - 2 * EDGE)).toFixed(1)}`);
    line.setAttribute("d", `M${points.join("L")}`);
    const share = (factor) => `${Number((factor * 100).toPrecision(3))} %`;
    words.textContent = t("training.schedule_words", { from: share(factors[0]), to: share(factors[factors.length - 1]), steps: integer(last) });
    picture.setAttribute("aria-label", words.textContent);
    mark(context.store.get().frame?.step ?? 0);
  };
  const mark = (step) => {
    const x = EDGE + (Math.min(step, last) / (last || 1)) * (WIDTH - 2 * EDGE);
    setAttribute(now, "x1", x.toFixed(1));
    setAttribute(now, "x2", x.toFixed(1));
    setAttribute(now, "visibility", last && step <= last ? "visible" : "hidden");
  };
  context.select((state) => JSON.stringify(state.spec?.schedule ?? null), (text) => show(JSON.parse(text)));
  context.select((state) => state.frame?.step ?? 0, mark);
  return element;
}
