// Runs before everything else. The theme is set before the first paint, so that a dark page never flashes light.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("ratioscope.theme");
  } catch {}
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();

// The recorded run, on its way while the scripts are; a link to another run has no use for it.
if ([...new URLSearchParams(location.search).keys()].every((key) => key.startsWith("view."))) {
  const link = document.createElement("link");
  link.rel = "preload";
  link.as = "fetch";
  link.href = "./recordings/default.json";
  link.crossOrigin = "anonymous";
  document.head.append(link);
}
