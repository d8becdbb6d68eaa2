// @ts-check
/** A race of nets to take along: its curves as a table, all of it as the API has it, the chart as a picture. */
import { h, setAttribute } from "../dom.js";
import { save } from "../saving.js";

/** @param {any} context */
export function netRaceExport(context) {
  const { t } = context;
  const link = (kind, file) => {
    const element = h("a", { class: "button dense", download: `backprop-lab-${file}`, "data-keep": `export-${kind}`, "aria-label": t(`nets.export.${kind}`), title: t(`nets.export.${kind}`) }, t(`race.export.${kind}`));
    context.select((state) => state.id, (id) => id && setAttribute(element, "href", `/api/races/${id}/${file}`));
    return element;
  };
  const png = h("button", { type: "button", class: "button dense", "data-keep": "export-png", "aria-label": t("nets.export.png"), title: t("nets.export.png"), onclick: () => picture(context) }, t("race.export.png"));
  return h("section", { class: "race-panel race-export", "data-view": "race-export", "aria-label": t("race.export.label") }, h("h2", {}, t("race.export.label")),
    h("div", { class: "race-choices" }, link("csv", "curves.csv"), link("json", "race.json"), png, h("button", { type: "button", class: "button dense", "data-keep": "saved-races", onclick: () => context.openSavedRaces("net") }, t("race.saved"))));
}

/** The chart as it is seen, with who is who under it. */
function picture(context) {
  const chart = /** @type {HTMLCanvasElement} */ (context.root.querySelector(".net-curves canvas"));
  const ratio = chart.width / chart.clientWidth;
  const colors = context.colors();
  const names = context.store.get().spec.lanes.map((_, lane) => context.laneName(lane));
  const sheet = Object.assign(document.createElement("canvas"), { width: chart.width, height: chart.height + 30 * ratio });
  const pen = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  pen.fillStyle = colors.ground;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(chart, 0, 0);
  pen.scale(ratio, ratio);
  pen.font = `13px ${colors.font ?? "system-ui, sans-serif"}`;
  let left = 44;
  names.forEach((name, lane) => {
    pen.fillStyle = colors.lanes[lane % colors.lanes.length];
    pen.fillText(name, left, chart.clientHeight + 18);
    left += pen.measureText(name).width + 18;
  });
  sheet.toBlob((blob) => blob && save(blob, "race.png"), "image/png");
}
