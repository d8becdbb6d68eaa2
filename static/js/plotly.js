// @ts-check
/** The library that draws in space, loaded when somebody looks; and how a scene of ours is set. */

let loading = null;

/** The library, once. @returns {Promise<any>} */
export function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const src = document.querySelector("meta[name=plotly]")?.getAttribute("content") ?? "";
    const script = Object.assign(document.createElement("script"), { src, onload: () => resolve(/** @type {any} */ (globalThis).Plotly), onerror: () => { loading = null; reject(new Error("no library")); } });
    document.head.append(script);
  });
  return loading;
}

/** @param {any} colors @param {string[]} titles  of x, y and the height */
export function spaceLayout(colors, [x, y, z]) {
  const axis = (title) => ({ title: { text: title }, color: colors.ink3, gridcolor: colors.line, zerolinecolor: colors.line, showspikes: false, backgroundcolor: "rgba(0,0,0,0)" });
  return {
    margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: colors.ground, font: { family: colors.font, size: 12, color: colors.ink2 }, uirevision: "kept", hoverlabel: { align: "left" },
    scene: { xaxis: axis(x), yaxis: axis(y), zaxis: axis(z), aspectratio: { x: 1, y: 1, z: 0.62 }, camera: { eye: { x: -1.05, y: -1.2, z: 0.9 }, center: { x: 0, y: 0, z: -0.12 } } },
  };
}
