// @ts-check
/** What the picture holds of the ways and what it leaves out, in words and by lane. */
import { h, setText } from "../dom.js";
import { decimal, lossText, percent } from "../format.js";
import { placeOf } from "../landscape-state.js";
import { lineOf } from "../race-lanes.js";

/** @param {any} context */
export function landscapeWords(context) {
  const { t } = context;
  const sentence = h("p", { class: "landscape-sentence", "data-testid": "landscape-sentence" });
  const centre = h("p", { class: "hint", "data-testid": "landscape-centre" });
  const seen = h("p", { class: "hint" });
  const body = h("tbody", {});
  const table = h("table", { class: "landscape-lanes", "aria-label": t("landscape.table") },
    h("thead", {}, h("tr", {}, ["lane", "train", "test", "held", "away"].map((name) => h("th", { scope: "col", title: name === "held" || name === "away" ? t(`landscape.columns.${name}_title`) : null }, t(`landscape.columns.${name}`))))), body);
  const named = ({ spec }, index) => context.label("optimizers", spec.lanes[index]?.optimizer.name ?? "");

  context.select((state) => `${state.maps} ${state.at} ${state.races} ${state.ui.theme}`, (_, state) => {
    const { ways } = state;
    table.hidden = !ways;
    if (!ways) return;
    setText(sentence, sentenceOf(context, state));
    setText(seen, t(ways.at.length === 2 ? "landscape.caption" : "landscape.caption_line"));
    const { lane, step, train, test } = ways.centre;
    const about = { train: lossText(train), test: lossText(test) };
    setText(centre, lane === null ? t("landscape.centre_mean", about) : t("landscape.centre_lane", { ...about, name: `${lane + 1} ${named(state, lane)}`, step: decimal(step, 0) }));
    centre.dataset.train = String(train);
    centre.dataset.test = String(test);
    const colors = context.colors();
    body.replaceChildren(...ways.lanes.map((way, index) => {
      const place = Math.min(placeOf(state), way.steps.length - 1);
      const disc = h("span", { class: "lane-disc" }, String(index + 1));
      disc.style.setProperty("--lane", lineOf(index, colors).color);
      return h("tr", {}, h("th", { scope: "row" }, h("span", { class: "landscape-lane" }, disc, named(state, index))),
        h("td", {}, lossText(way.train[place])), h("td", {}, lossText(way.test[place])), h("td", {}, way.held === null ? "–" : percent(way.held)), h("td", {}, way.away[place] === null ? "–" : decimal(way.away[place], 2)));
    }));
  });
  return h("section", { class: "race-panel", "data-view": "landscape-words" }, h("h2", {}, t("landscape.holds")), sentence, centre, table, seen);
}

/** How much of how the ways differ is in the picture. */
function sentenceOf({ t }, { ways, look }) {
  const { explained, at } = ways;
  const isPlane = at.length === 2;
  if (!explained) return t(isPlane ? "landscape.random_plane" : "landscape.random_line", { seed: look.seed });
  const [first, second = 0] = explained;
  return isPlane ? t("landscape.explained_plane", { both: percent(first + second), first: percent(first), second: percent(second) }) : t("landscape.explained_line", { first: percent(first) });
}
