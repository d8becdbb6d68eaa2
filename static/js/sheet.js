// @ts-check
/** The exercise sheet needs a script for two things only: to print, and to leave the answers out. */

const print = /** @type {HTMLButtonElement} */ (document.getElementById("print"));
const withKey = /** @type {HTMLInputElement} */ (document.getElementById("with-key"));

print.hidden = false;
print.addEventListener("click", () => window.print());

/** @type {HTMLElement} */ (withKey.closest("label")).hidden = false;
withKey.addEventListener("change", () => document.body.classList.toggle("without-key", !withKey.checked));
