import { create } from "zustand";

/** Another version of the site that is fetched and waits. */
export const useNewVersion = create<{ waiting: ServiceWorker | null }>(() => ({ waiting: null }));

/**
 * Has the browser keep the site, so that it opens without a network from now on. Browsers without
 * service workers, and pages that come neither by https nor from localhost, go on as before.
 */
export async function keepSite(): Promise<void> {
  // The server of `npm start` has no such script.
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const registration = await navigator.serviceWorker.register("./offline.js");
  const look = (): void => {
    const { waiting } = registration;
    // The first of all takes no other one's place.
    if (waiting !== null && navigator.serviceWorker.controller !== null) {
      useNewVersion.setState({ waiting });
    }
  };
  look();
  registration.addEventListener("updatefound", () =>
    registration.installing?.addEventListener("statechange", look),
  );
}

/**
 * The version that waits takes over, and the page is loaded from it: at once, or when the browser
 * lets go of the one before, half a minute after what that still had to fetch.
 */
export function takeNewVersion(): void {
  const { waiting } = useNewVersion.getState();
  // Its own state, not the page's controller: a page that was reloaded past the cache has none.
  waiting?.addEventListener("statechange", () => {
    if (waiting.state === "activated") location.reload();
  });
  waiting?.postMessage("take-over");
}
