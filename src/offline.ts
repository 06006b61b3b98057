/// <reference lib="webworker" />
import { precacheAndRoute } from "workbox-precaching";

declare const self: ServiceWorkerGlobalScope & {
  /** Every file of the site with its revision; scripts/offline.mjs writes it in. */
  __SITE: { url: string; revision: string | null }[];
};

// Everything that the site is comes from its own cache, also without a network. Another version is
// fetched beside it and waits: the page that is open keeps its own files until its reader reloads.
precacheAndRoute(self.__SITE, { ignoreURLParametersMatching: [/./], directoryIndex: "index.html" });

self.addEventListener("message", ({ data }) => {
  if (data === "take-over") void self.skipWaiting();
});
