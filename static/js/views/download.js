// @ts-check
/** What can be taken along: the run as files, two pictures of it; and a file of weights, opened or dropped on the menu. */
import { h, icon } from "../dom.js";

const PANEL = "download-panel";
/** As the server calls them, with the words for each. */
const FILES = { "spec.json": "spec", "weights.safetensors": "weights", "train_numpy.py": "numpy", "train_pytorch.py": "pytorch", "losses.csv": "losses", "report.html": "report" };
/** Drawn by the server, as large as one likes. */
const DRAWINGS = { net: "net.svg", output: "output.svg", curves: "curves.svg" };
/** Pictures by the canvas they are on. */
const PICTURES = { output: ".output-picture", curves: ".loss-chart" };

/** What is open under the net. */
const UNDER = ".inspector-panel:not([hidden]) > :not([hidden]), .explain-panel:not([hidden])";

/** @param {any} context @returns {Element[]} the button and its menu */
export function downloadView(context) {
  const { t, store, root, sessionId } = context;
  const address = (path) => `/api/sessions/${encodeURIComponent(sessionId() ?? "")}/${path}`;
  const notify = (kind, key, params = {}) => store.dispatch({ type: "notice", notice: { kind, key, params, at: performance.now() } });

  const item = (name, title, detail, act) => h("button", { type: "button", class: "download-item", "data-testid": `download-${name}`, onclick: () => {
    panel.hidePopover();
    act();
  } }, h("span", {}, title), h("span", { class: "download-file", translate: "no" }, detail));
  const files = Object.entries(FILES).map(([name, words]) => item(name, t(`download.file_${words}`), name, () => fetchFile(name)));
  const pictures = Object.entries(PICTURES).map(([name, selector]) => item(name, t(`download.picture_${name}`), `${name}.png`, () => savePicture(name, selector)));

  const drawings = Object.entries(DRAWINGS).map(([name, file]) => item(file, t(`download.picture_${name}`), file, () => fetchFile(file)));
  const net = item("net.png", t("download.picture_net"), "net.png", saveNet);
  const under = item("panel.png", t("download.picture_panel"), "panel.png", savePanel);

  const input = h("input", { type: "file", accept: ".safetensors", hidden: true, "aria-label": t("download.open"), "data-testid": "weights-file", onchange: () => {
    const [file] = input.files;
    input.value = ""; // the same file may be opened again
    if (file) load(file);
  } });
  const open = h("button", { type: "button", class: "button", onclick: () => input.click() }, t("download.open"));
  const panel = h("div", { class: "download-panel", id: PANEL, popover: "auto", role: "group", "aria-label": t("download.title") },
    h("h3", {}, t("download.run")), files, h("h3", {}, t("download.pictures")), drawings, net, pictures, under,
    h("div", { class: "download-open" }, open, input, h("p", { class: "hint" }, t("download.open_hint"))));
  panel.addEventListener("beforetoggle", () => {
    pictures.forEach((button, at) => { button.hidden = !root.querySelector(Object.values(PICTURES)[at])?.clientWidth; });
    under.hidden = !root.querySelector(UNDER);
    drawings[1].hidden = (store.get().data?.dimensions ?? 0) > 2; // no plane to draw on
  });
  const button = h("button", { type: "button", class: "button", popovertarget: PANEL, "data-keep": "download", "aria-label": t("download.title"), title: t("download.title") }, icon("download"), h("span", { class: "download-words" }, t("download.title")));
  for (const place of [button, panel]) takeFiles(place, load);
  return [button, panel];

  async function fetchFile(name) {
    try {
      const response = await fetch(address(`export/${name}${name === "report.html" ? `?language=${context.language}` : ""}`));
      if (response.ok) return save(await response.blob(), `backprop-lab-${name}`);
      const { error } = await response.json();
      return notify("warn", "download.failed", { file: name, reason: error.message });
    } catch {
      return notify("warn", "download.failed", { file: name, reason: t("download.unreachable") });
    }
  }

  /** The picture as it is on the page, on the ground of the page. */
  function savePicture(name, selector) {
    const source = /** @type {HTMLCanvasElement|null} */ (root.querySelector(selector));
    if (!source) return;
    const canvas = h("canvas", { width: source.width, height: source.height });
    const brush = canvas.getContext("2d");
    brush.fillStyle = context.colors().surface;
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(source, 0, 0);
    canvas.toBlob((blob) => save(blob, `backprop-lab-${name}.png`), "image/png");
  }

  /** The panel under the net, with the words in it. */
  async function savePanel() {
    try {
      const { panelPicture } = await import("../panel-picture.js");
      const canvas = await panelPicture(/** @type {HTMLElement} */ (root.querySelector(UNDER)), context.colors().surface);
      canvas.toBlob((blob) => save(blob, "backprop-lab-panel.png"), "image/png");
    } catch {
      notify("warn", "download.failed", { file: "panel.png", reason: t("download.unreachable") });
    }
  }

  /** The drawing of the net, twice as large. */
  async function saveNet() {
    try {
      const response = await fetch(address("export/net.svg"));
      const drawing = new Image();
      drawing.src = URL.createObjectURL(await response.blob());
      await drawing.decode();
      const canvas = h("canvas", { width: 2 * drawing.naturalWidth, height: 2 * drawing.naturalHeight });
      canvas.getContext("2d").drawImage(drawing, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(drawing.src);
      canvas.toBlob((blob) => save(blob, "backprop-lab-net.png"), "image/png");
    } catch {
      notify("warn", "download.failed", { file: "net.png", reason: t("download.unreachable") });
    }
  }

  async function load(file) {
    panel.hidePopover();
    const params = { file: file.name.slice(0, 60) };
    try {
      const response = await fetch(address("weights"), { method: "PUT", headers: { "content-type": "application/octet-stream" }, body: file });
      if (response.ok) return notify("plain", "download.opened", params);
      const { error } = await response.json();
      return notify("warn", ...problem(response.status, error, params));
    } catch {
      return notify("warn", "download.failed", { ...params, reason: t("download.unreachable") });
    }
  }
}

/** @returns {[string, Record<string, string>]} */
function problem(status, { value, allowed, message }, { file }) {
  if (status === 409) return ["download.diverged", { file }];
  if (status === 413) return ["download.too_large", { file }];
  const name = String(allowed?.name ?? "");
  switch (allowed?.reason) {
    case "file": return ["download.no_file", { file }];
    case "type": return ["download.wrong_type", { name, type: String(value) }];
    case "missing": return ["download.missing", { name }];
    case "unknown": return ["download.unknown", { name }];
    case "not_finite": return ["download.not_finite", { name }];
    case "shape": return ["download.shape", { name, found: shape(value), needed: shape(allowed.shape) }];
    default: return ["download.failed", { file, reason: message }];
  }
}

const shape = (sizes) => (Array.isArray(sizes) ? sizes.join(" × ") || "1" : String(sizes));

function save(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading it
}

/** Files that are dragged here from elsewhere. */
function takeFiles(place, take) {
  const over = (is) => place.toggleAttribute("data-over", is);
  place.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    over(true);
  });
  place.addEventListener("dragleave", () => over(false));
  place.addEventListener("drop", (event) => {
    over(false);
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    take(file);
  });
}
