// Before the first paint, so that a dark page never flashes light.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("ratioscope.theme");
  } catch {}
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
