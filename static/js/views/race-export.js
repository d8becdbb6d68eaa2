// @ts-check
/** The race to take along: every step as a table, the server's whole answer, the map as a picture. */
import { h } from "../dom.js";
import { csvOf } from "../race-csv.js";
import { save } from "../saving.js";

/** @param {any} context */
export function raceExport(context) {
  const { t, store } = context;
  const kinds = {
    csv: () => save(new Blob([csvOf(store.get())], { type: "text/csv" }), "race.csv"),
    json: () => save(new Blob([JSON.stringify(context.answer(), null, 1)], { type: "application/json" }), "race.json"),
    png: () => picture(context, (blob) => blob && save(blob, "race.png")),
  };
  const buttons = Object.entries(kinds).map(([kind, make]) => h("button", { type: "button", class: "button dense", "data-keep": `export-${kind}`, "aria-label": t(`race.export.${kind}_label`), title: t(`race.export.${kind}_label`), onclick: make }, t(`race.export.${kind}`)));
  context.select((state) => state.ui.view, (view) => { buttons[2].hidden = view !== "map"; }); // the view in space is not ours to draw
  return h("section", { class: "race-panel race-export", "data-view": "race-export", "aria-label": t("race.export.label") }, h("h2", {}, t("race.export.label")), h("div", { class: "race-choices" }, buttons, h("button", { type: "button", class: "button dense", "data-keep": "saved-races", onclick: () => context.openSavedRaces("surface") }, t("race.saved"))));
}

/** The map as it is seen, start point included. */
function picture(context, done) {
  const [ground, lines] = ["map-ground", "map-lines"].map((name) => /** @type {HTMLCanvasElement} */ (context.root.querySelector(`.${name}`)));
  const handle = context.root.querySelector("[data-testid=start]");
  const sheet = Object.assign(document.createElement("canvas"), { width: ground.width, height: ground.height });
  const pen = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  const colors = context.colors();
  pen.fillStyle = colors.ground;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(ground, 0, 0);
  pen.drawImage(lines, 0, 0);
  const ratio = ground.width / ground.clientWidth;
  const stage = ground.getBoundingClientRect();
  const box = handle.getBoundingClientRect();
  pen.scale(ratio, ratio);
  pen.beginPath();
  pen.arc(box.left + box.width / 2 - stage.left, box.top + box.height / 2 - stage.top, 8, 0, 2 * Math.PI);
  pen.fillStyle = colors.ground;
  pen.fill();
  pen.strokeStyle = colors.ink;
  pen.lineWidth = 2.5;
  pen.stroke();
  sheet.toBlob(done, "image/png");
}
