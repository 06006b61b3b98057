import type { RunConfig } from "../../config/types.ts";
import { muchTaken, type Taken } from "../../worker/much-taken.ts";
import { browserPreference, setBrowserPreference } from "../browser/browser-preference.ts";
import { listen, receive } from "../run/run-store.ts";

// What a run takes that is set up, or has done no step yet: left where the page is gone with it. A
// browser that is out of memory closes the page, and loads it again.
const SETTING_UP = "ratioscope.setting-up";

const leave = (taken: Taken | null): void =>
  setBrowserPreference(SETTING_UP, taken && [taken.bytes, ...taken.fields].join(" "), "reloads");

/** Leaves word of every large run that is set up, until it has done a step or the page is left. */
export function watchSetUps(): void {
  listen((event) => {
    if (event.type === "planned") leave(muchTaken(event.plan));
    if (event.type === "failed" || (event.type === "stepped" && event.reports.length > 0)) {
      leave(null);
    }
  });
  addEventListener("pagehide", () => leave(null));
}

/**
 * Where the page before this one was closed while it set up a large run: says so in place of setting
 * up `run`, once.
 */
export function refuseInterrupted(run: RunConfig): boolean {
  const left = browserPreference(SETTING_UP, "reloads");
  if (left === null) return false;
  receive({ type: "loading", run });
  const [bytes, ...fields] = left.split(" ");
  void import("../../worker/set-up-lost.ts").then(({ setUpLost }) =>
    receive({
      type: "failed",
      ...setUpLost("The browser closed this page", { bytes: Number(bytes), fields }),
    }),
  );
  return true;
}
