// @ts-check
/** The landscape to take along: ways and losses as tables, all of it as the API gives it, the picture as it is seen. */
import { h } from "../dom.js";
import { lossesCsv, waysCsv } from "../landscape-state.js";
import { save } from "../saving.js";

/** @param {any} context */
export function landscapeExport(context) {
  const { t, store } = context;
  const text = (content, type, name) => save(new Blob([content], { type }), name);
  const kinds = {
    ways: () => text(waysCsv(store.get()), "text/csv", "landscape-paths.csv"),
    losses: () => text(lossesCsv(store.get()), "text/csv", "landscape.csv"),
    json: () => {
      const { spec, look, ways, train, test, curvature } = store.get();
      text(JSON.stringify({ race: spec, look, ...ways, train, test, curvature: curvature && { steps: curvature.steps, lanes: curvature.lanes } }, null, 1), "application/json", "landscape.json");
    },
    png: () => picture(context),
  };
  const buttons = Object.entries(kinds).map(([kind, make]) => h("button", { type: "button", class: "button dense", "data-keep": `export-${kind}`, "aria-label": t(`landscape.export.${kind}_label`), title: t(`landscape.export.${kind}_label`), onclick: () => store.get().ways && make() }, t(`landscape.export.${kind}`)));
  context.select((state) => `${state.ui.view} ${state.ways !== null}`, (_, { ui, ways }) => {
    buttons[3].hidden = ui.view !== "map"; // the view in space is not ours to draw
    for (const button of buttons) button.setAttribute("aria-disabled", String(!ways));
  });
  return h("section", { class: "race-panel race-export", "data-view": "race-export", "aria-label": t("landscape.export.label") }, h("h2", {}, t("landscape.export.label")), h("div", { class: "race-choices" }, buttons, h("button", { type: "button", class: "button dense", "data-keep": "saved-races", onclick: () => context.openSavedRaces("net") }, t("race.saved"))));
}

/** The map as it is seen. */
function picture(context) {
  const [ground, lines] = ["map-ground", "map-lines"].map((name) => /** @type {HTMLCanvasElement} */ (context.root.querySelector(`.landscape-map .${name}`)));
  const sheet = Object.assign(document.createElement("canvas"), { width: ground.width, height: ground.height });
  const pen = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  pen.fillStyle = context.colors().ground;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(ground, 0, 0);
  pen.drawImage(lines, 0, 0);
  sheet.toBlob((blob) => blob && save(blob, "landscape.png"), "image/png");
}
