import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { formatLink } from "./config/link.ts";
import { runFrom } from "./config/run-from.ts";
import { scripting } from "./ratioscope-api.ts";
import { commandsGoTo, load, openRecording, resumeRun } from "./store/actions.ts";
import { continueAfterReload, continuedRun, lookForOffer } from "./store/continue.ts";
import { followRun } from "./store/display.ts";
import { followRuns } from "./store/follow-runs.ts";
import { keepGoing } from "./store/keep-going.ts";
import { firstFigure, noFigureYet } from "./store/first-figure.ts";
import { invite } from "./store/invitations.ts";
import { watchFirstUse } from "./store/first-use.ts";
import { openLink } from "./store/link.ts";
import { timed, watchLongTasks } from "./store/page-cost.ts";
import { keepColours } from "./store/run-colours.ts";
import { runsComeFrom } from "./store/runs.ts";
import { receive, useRun } from "./store/session.ts";
import { watchForWarnings } from "./store/warnings.ts";
import { App } from "./views/app/App.tsx";
import "./views/tokens.css";
import "./views/shell/base.css";
import { applyTheme } from "./views/shell/theme.ts";
import { connect } from "./worker/client.ts";

applyTheme();
// The training worker waits until the recorded run is on screen, and lets the rest of the page go
// first: from then on it compiles shaders.
const worker = firstFigure
  .then(whenIdle)
  .then(() => connect((event) => timed(() => receive(event))));
commandsGoTo({
  send: (command) => void worker.then(({ send }) => send(command)),
  ask: (request) => worker.then(({ ask }) => ask(request)),
});
followRun();
followRuns();
keepColours();
// The list of runs, like the worker, waits until the first figure is drawn.
void runsComeFrom(
  firstFigure.then(whenIdle).then(async () => (await import("./runs/database.ts")).openRuns()),
);
watchForWarnings();
watchFirstUse();
invite();
keepGoing();
continueAfterReload();
window.ratioscope = scripting();

// Long tasks count from one second after training first began.
let began: number | null = null;
useRun.subscribe(({ status }) => {
  if (status === "playing") began ??= performance.now();
});
watchLongTasks(() => (began === null ? null : began + 1000));

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

const linked = openLink(location.search);
// The recorded run is the default preset's: a link to another run has no use for it.
const recorded =
  linked === null || formatLink(linked) === formatLink(runFrom())
    ? openRecording("./recordings/default.json").catch((error: unknown) => {
        console.error("The recorded run cannot be read", error);
      })
    : Promise.resolve();
void recorded.then(() => {
  if (useRun.getState().source === "none") noFigureYet();
});
const continued = continuedRun();
if (continued === null) {
  load(linked ?? runFrom());
  firstFigure
    .then(lookForOffer)
    .catch((error: unknown) => console.warn("No run is offered", error));
} else {
  resumeRun(continued, { play: true });
}

/** Resolves when the page has nothing to do, within half a second. */
function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has no idle callbacks.
    if (typeof requestIdleCallback === "undefined") setTimeout(resolve, 200);
    else requestIdleCallback(() => resolve(), { timeout: 500 });
  });
}
