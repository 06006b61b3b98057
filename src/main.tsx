import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { runFrom } from "./config/run-from.ts";
import { scripting } from "./ratioscope-api.ts";
import { commandsGoTo, load, openRecording, resumeRun } from "./store/actions.ts";
import { lookForOffer, takeContinued } from "./store/continue.ts";
import { followRun } from "./store/display.ts";
import { followRuns } from "./store/follow-runs.ts";
import { keepGoing } from "./store/keep-going.ts";
import { openLink } from "./store/link.ts";
import { timed, watchLongTasks } from "./store/page-cost.ts";
import { runsComeFrom } from "./store/runs.ts";
import { receive, useRun } from "./store/session.ts";
import { App } from "./views/app/App.tsx";
import "./views/tokens.css";
import "./views/shell/base.css";
import { applyTheme } from "./views/shell/theme.ts";
import { connect } from "./worker/client.ts";

applyTheme();
commandsGoTo(connect((event) => timed(() => receive(event))));
followRun();
followRuns();
void runsComeFrom(import("./runs/database.ts").then(({ openRuns }) => openRuns()));
keepGoing();
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
if (linked === null) {
  openRecording("./recordings/default.json").catch((error: unknown) => {
    console.error("The recorded run cannot be read", error);
  });
}
const continued = takeContinued();
if (continued === null) {
  load(linked ?? runFrom());
  lookForOffer().catch((error: unknown) => console.warn("No run is offered", error));
} else {
  resumeRun(continued, { play: true });
}
