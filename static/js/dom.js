// @ts-check
/** Elements without a framework: h() for HTML, s() for SVG, replace() for children. Text is always text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {Element} element
 * @param {Record<string, any>} attributes  on* are listeners; null, undefined and false are left out, but an aria-* state says "false"
 */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === null || value === undefined || (value === false && !name.startsWith("aria-"))) element.removeAttribute(name);
    else element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
}

const build = (element, attributes, children) => {
  setAttributes(element, attributes);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...any} children
 * @returns {any}
 */
export const h = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...any} children
 * @returns {any}
 */
export const s = (tag, attributes = {}, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

/** Makes these the children without moving those that are there already: what has the focus keeps it. */
export function arrange(parent, children) {
  for (const child of [...parent.children]) if (!children.includes(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/** Sets the text only when it differs, in the node that is there: another node would be styled and laid out anew, 60 times a second. */
export function setText(element, text) {
  const node = element.firstChild;
  if (node?.nodeType === Node.TEXT_NODE && !node.nextSibling) {
    if (node.data !== text) node.data = text;
  } else if (element.textContent !== text) element.textContent = text;
}

/** Attribute twin of setText. */
export function setAttribute(element, name, value) {
  const text = String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Where a pointer is, in an element's own pixels: on a projector the page is drawn larger than it is laid out. @returns {[number, number]} */
export function pointIn(element, event) {
  const box = element.getBoundingClientRect();
  const larger = box.width / element.offsetWidth || 1;
  return [(event.clientX - box.left) / larger, (event.clientY - box.top) / larger];
}

const ICONS = {
  play: ["M5 3.2v9.6l7.6-4.8z", true],
  pause: ["M4.4 3.2h2.6v9.6H4.4zM9 3.2h2.6v9.6H9z", true],
  step: ["M3 3.2v9.6L9.6 8zM11 3.2h2v9.6h-2z", true],
  reset: ["M3.2 3v3.4h3.4M3.5 6.3A5 5 0 1 1 3 8.6", false],
  plus: ["M8 3v10M3 8h10", false],
  minus: ["M3 8h10", false],
  theme: ["", "half"],
  share: ["M8 10V2M5 4.6 8 1.8l3 2.8M4.6 7.4H3v6.4h10V7.4h-1.6", false],
  download: ["M8 2v8M5 7.4 8 10.4l3-3M3 11v2.8h10V11", false],
  dice: ["M3.6 2h8.8A1.6 1.6 0 0 1 14 3.6v8.8a1.6 1.6 0 0 1-1.6 1.6H3.6A1.6 1.6 0 0 1 2 12.4V3.6A1.6 1.6 0 0 1 3.6 2zM5.4 5.4h.01M10.6 5.4h.01M8 8h.01M5.4 10.6h.01M10.6 10.6h.01", false],
  close: ["M4 4l8 8M12 4l-8 8", false],
  left: ["M10 3 5 8l5 5", false],
  right: ["M6 3l5 5-5 5", false],
  down: ["M3.5 6 8 10.5 12.5 6", false],
  to_start: ["M2.2 3.2h1.8v9.6H2.2zM9.2 3.2v9.6L4.2 8zM14.4 3.2v9.6L9.4 8z", true],
  to_end: ["M12 3.2h1.8v9.6H12zM6.8 3.2v9.6L11.8 8zM1.6 3.2v9.6L6.6 8z", true],
  step_back: ["M13 3.2v9.6L6.4 8zM3 3.2h2v9.6H3z", true],
  step_forward: ["M3 3.2v9.6L9.6 8zM11 3.2h2v9.6h-2z", true],
  walk: ["M2.4 8a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0M10.4 3.6a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0M10.4 12.4a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0M5.6 7.1l5-2.7M5.6 8.9l5 2.7", false],
  undo: ["M6 3 2.6 6.4 6 9.8M3 6.4h6.2a3.6 3.6 0 0 1 0 7.2H6.4", false],
  redo: ["M10 3l3.4 3.4L10 9.8M13 6.4H6.8a3.6 3.6 0 0 0 0 7.2h2.8", false],
  remove: ["M3 4.4h10M6.4 4.4V2.8h3.2v1.6M4.4 4.4l.7 8.8h5.8l.7-8.8", false],
  projector: ["M2 3h12v8H2zM8 11v2.6M5 13.6h6M5.4 8.6l2-2.4 1.6 1.4 2-2.6", false],
  net: ["M2.4 6V2.4H6M10 2.4h3.6V6M13.6 10v3.6H10M6 13.6H2.4V10", false],
  menu: ["M2.5 4h11M2.5 8h11M2.5 12h11", false],
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const [path, fill] = ICONS[name];
  const svg = s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round", "stroke-linejoin": "round" });
  if (fill === true) svg.append(s("path", { d: path, fill: "currentColor", stroke: "none" }));
  else if (fill === "half") svg.append(s("circle", { cx: 8, cy: 8, r: 5.8 }), s("path", { d: "M8 2.2a5.8 5.8 0 0 1 0 11.6z", fill: "currentColor", stroke: "none" }));
  else svg.append(s("path", { d: path }));
  return svg;
}
