// Runs before the first paint, so that a dark page never flashes white and the document has its language at once.
// A classic script on purpose: modules are deferred until after the page is drawn.
(() => {
  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage may be blocked; the page works without it
    }
  };
  const theme = stored("backprop-lab.theme");
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const asked = new URLSearchParams(location.search).get("lang") ?? stored("backprop-lab.language") ?? navigator.language;
  document.documentElement.lang = asked.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
})();
