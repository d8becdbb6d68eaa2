// @ts-check
/** The gallery: presets as cards, each with what its net becomes and a question. */
import { drawPresetPicture } from "../charts/preset-picture.js";
import { createDialog } from "../dialog.js";
import { h } from "../dom.js";
import { getJson } from "../page.js";
import { startPreset } from "../presets.js";

const HEIGHT = 112;

/** @param {any} context */
export async function openGallery(context) {
  const { t } = context;
  const body = h("div", { class: "gallery", tabindex: -1 }, h("p", { class: "hint", role: "status" }, t("gallery.loading")));
  const intro = h("p", { class: "hint gallery-intro" }, t("gallery.intro"));
  const dialog = createDialog(context, { name: "gallery", title: t("gallery.title"), close: t("gallery.close"), className: "own-dialog gallery-dialog", below: intro }, body);
  dialog.showModal();
  const { ok, body: presets } = await getJson("/api/presets").catch(() => ({ ok: false, body: null }));
  if (!ok) return body.replaceChildren(h("p", { class: "file-problem" }, t("gallery.unreachable")));
  const cards = presets.map((preset) => card(context, preset, () => dialog.close()));
  body.replaceChildren(...cards.map(({ element }) => element));
  for (const { draw } of cards) await draw(); // one after the other: each is trained when it is first asked for
  return undefined;
}

function card(context, preset, close) {
  const { t } = context;
  const title = t(`gallery.presets.${preset.name}.title`);
  const canvas = h("canvas", { class: "gallery-picture", role: "img", "aria-label": t("gallery.picture", { title }) });
  const caption = h("p", { class: "hint gallery-caption" });
  const start = h("button", { type: "button", class: "button", "aria-label": t("gallery.start_of", { title }), "data-preset": preset.name, onclick: async () => {
    close();
    await startPreset(context, preset);
    context.root.querySelector('[data-keep="play"]')?.focus();
  } }, t("gallery.start"));
  return {
    element: h("article", { class: "gallery-card" }, canvas, caption, h("h3", {}, title), h("p", {}, t(`gallery.presets.${preset.name}.question`)), start),
    async draw() {
      const { ok, body } = await getJson(`/api/presets/${preset.name}/picture`).catch(() => ({ ok: false, body: null }));
      if (!ok || !canvas.isConnected) return;
      drawPresetPicture(canvas, body, { width: canvas.clientWidth, height: HEIGHT, colors: context.colors() });
      caption.textContent = t(`gallery.kinds.${body.kind}`);
      canvas.dataset.drawn = body.kind;
    },
  };
}
