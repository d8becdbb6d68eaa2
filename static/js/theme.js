// @ts-check
/** Light and dark, and the tokens as values for what draws on a canvas. */

const NAMES = ["ground", "surface", "raised", "line", "ctl", "ink", "ink2", "ink3", "pos", "neg", "fwd", "bwd", "branch", "err"];

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** The CSS tokens in force, resolved: names -> colours, `sign` -> five [r, g, b] stops, `lanes` -> eight colours. */
export function readColors() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ...Object.fromEntries(NAMES.map((name) => [name, token(name)])),
    sign: token("sign").split(" ").map(rgb),
    lanes: token("lanes").split(" "),
    font: token("font"),
    serif: token("serif"),
    theme: document.documentElement.dataset.theme,
    textSize: parseFloat(token("chart-text")) || undefined,
    scale: parseFloat(token("scale")) || 1,
  };
}

export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  remember("theme", theme);
}

/** Keeps a choice for the next visit; storage may be blocked, and then the choice lasts for this one. */
export function remember(name, value) {
  try {
    localStorage.setItem(`backprop-lab.${name}`, value);
  } catch {
    // blocked storage loses nothing but the memory of the choice
  }
}
