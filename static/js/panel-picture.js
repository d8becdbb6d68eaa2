// @ts-check
/** A part of the page as a picture: grounds, borders, words, canvases and drawings, each where it stands on the screen. */

/** Larger than on the screen, so that it can be printed. */
const SCALE = 2;

const isDrawn = (element) => element.checkVisibility?.({ visibilityProperty: true, opacityProperty: true }) ?? true;
const isClear = (color) => /^(transparent|rgba\(.*, 0\)|.*\/ 0\))$/.test(color);

/** A drawing with the colours it has by the page's style. @param {SVGSVGElement} drawing @returns {Promise<HTMLImageElement>} */
async function imageOf(drawing) {
  const copy = /** @type {SVGSVGElement} */ (drawing.cloneNode(true));
  const copies = [copy, ...copy.querySelectorAll("*")];
  [drawing, ...drawing.querySelectorAll("*")].forEach((element, at) => {
    const style = getComputedStyle(element);
    for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font", "text-anchor"]) copies[at].setAttribute(name, style.getPropertyValue(name));
  });
  const { width, height } = drawing.getBoundingClientRect();
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.setAttribute("color", getComputedStyle(drawing).color);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  await image.decode().finally(() => URL.revokeObjectURL(image.src));
  return image;
}

/** The lines a text is broken into, each with its place. @param {Text} text */
function* linesOf(text) {
  const range = document.createRange();
  let [from, top] = [0, NaN];
  const line = (to) => {
    range.setStart(text, from);
    range.setEnd(text, to);
    return { words: text.data.slice(from, to).trim(), box: range.getBoundingClientRect() };
  };
  for (let at = 0; at < text.length; at += 1) {
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    const [box] = range.getClientRects();
    if (!box || !box.width) continue;
    if (box.top > top + 2) {
      yield line(at);
      from = at;
    }
    top = box.top;
  }
  yield line(text.length);
}

/** @param {CanvasRenderingContext2D} brush @param {Element} element @param {DOMRect} box */
function drawBox(brush, element, box) {
  const style = getComputedStyle(element);
  const radius = Math.min(parseFloat(style.borderTopLeftRadius) || 0, box.width / 2, box.height / 2);
  const outline = (inset) => {
    brush.beginPath();
    brush.roundRect(box.left + inset, box.top + inset, box.width - 2 * inset, box.height - 2 * inset, radius);
  };
  if (!isClear(style.backgroundColor)) {
    brush.fillStyle = style.backgroundColor;
    outline(0);
    brush.fill();
  }
  for (const side of ["Top", "Right", "Bottom", "Left"]) {
    const width = parseFloat(style[`border${side}Width`]);
    if (!width || style[`border${side}Style`] === "none") continue;
    brush.strokeStyle = style[`border${side}Color`];
    brush.lineWidth = width;
    const [x0, x1, y0, y1] = [box.left + width / 2, box.right - width / 2, box.top + width / 2, box.bottom - width / 2];
    if (radius && side === "Top") outline(width / 2); // a rounded frame is alike on all sides
    else if (radius) continue;
    else {
      brush.beginPath();
      brush.moveTo(side === "Right" ? x1 : x0, side === "Bottom" ? y1 : y0);
      brush.lineTo(side === "Left" ? x0 : x1, side === "Top" ? y0 : y1);
    }
    brush.stroke();
  }
}

/** @param {CanvasRenderingContext2D} brush @param {Text} text */
function drawText(brush, text) {
  const parent = /** @type {Element} */ (text.parentElement);
  const style = getComputedStyle(parent);
  brush.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  brush.fillStyle = style.color;
  brush.textBaseline = "alphabetic";
  for (const { words, box } of linesOf(text)) {
    if (!words) continue;
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = brush.measureText(words);
    brush.fillText(words, box.left, box.top + (box.height - up - down) / 2 + up, box.width + 1);
  }
}

/** What is to be seen of an element, from back to front. @param {HTMLElement} element */
function* partsOf(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    const isAway = node instanceof Element && (!isDrawn(node) || node.matches(".visually-hidden, select, input"));
    return isAway || node.parentElement?.closest("svg, canvas") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
  });
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node instanceof Text) yield { node, box: null };
    else {
      const box = /** @type {Element} */ (node).getBoundingClientRect();
      if (box.width && box.height) yield { node, box };
    }
  }
}

/**
 * All of an element, also what has been scrolled out of sight.
 * @param {HTMLElement} element
 * @param {string} ground  the colour behind it
 * @returns {Promise<HTMLCanvasElement>}
 */
export async function panelPicture(element, ground) {
  const { left, top } = element.getBoundingClientRect();
  const parts = [...partsOf(element)];
  const width = element.scrollWidth;
  const height = Math.max(...parts.map(({ box }) => (box ? box.bottom + element.scrollTop - top : 0)));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SCALE * width, Math.ceil(SCALE * height)];
  const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  brush.scale(SCALE, SCALE);
  brush.fillStyle = ground;
  brush.fillRect(0, 0, width, height);
  brush.translate(element.scrollLeft - left, element.scrollTop - top);
  for (const { node, box } of parts) {
    if (!box) drawText(brush, /** @type {Text} */ (node));
    else {
      drawBox(brush, /** @type {Element} */ (node), box);
      if (node instanceof HTMLCanvasElement && node.width) brush.drawImage(node, box.left, box.top, box.width, box.height);
      else if (node instanceof SVGSVGElement) brush.drawImage(await imageOf(node), box.left, box.top, box.width, box.height);
    }
  }
  return canvas;
}
