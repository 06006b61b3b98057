import { sameRun } from "../../config/link.ts";
import { runFrom } from "../../config/run-from.ts";
import { connect } from "../../worker/client.ts";
import { firstFigure, noFigureYet } from "../browser/first-figure.ts";
import { timed, watchLongTasks } from "../browser/page-cost.ts";
import { watchForWarnings } from "../changes/warnings.ts";
import { continueAfterReload, continuedRun, lookForOffer } from "../library/continue.ts";
import { followRuns } from "../library/follow-runs.ts";
import { keepColours } from "../library/run-colours.ts";
import { runsComeFrom } from "../library/runs.ts";
import { continuedLesson, keepOpenLesson } from "../lesson/progress.ts";
import { commandsGoTo, load, openRecording, resumeRun } from "../run/actions.ts";
import { followBegin } from "../run/begin.ts";
import { receive, useRun } from "../run/run-store.ts";
import { followRun } from "../screen/display.ts";
import { followFilm } from "../screen/film.ts";
import { openLesson } from "../view/view.ts";
import { watchFirstUse } from "./first-use.ts";
import { keepGoing } from "./keep-going.ts";
import { addLinkProblem, openLink } from "./link.ts";
import { refuseInterrupted, watchSetUps } from "./interrupted.ts";
import { firstTouch, readEmbed, useEmbed } from "./embed.ts";
import { useMoment } from "./moment.ts";
import { followPresenting } from "./notes.ts";

/** Everything that follows something else is subscribed here, and the worker is connected. Once. */
export function start(): void {
  readEmbed(location.search);
  const whole = useEmbed.getState().part === null;
  // The training worker waits until the recorded run is on screen, and lets the rest of the page go
  // first: from then on it compiles shaders. In a frame it waits until somebody touches it.
  const worker = (whole ? firstFigure.then(whenIdle) : firstTouch).then(() =>
    connect((event) => timed(() => receive(event)), { keeps: whole }),
  );
  commandsGoTo({
    send: (command) => void worker.then(({ send }) => send(command)),
    ask: (request) => worker.then(({ ask }) => ask(request)),
  });
  followRun();
  followBegin();
  followFilm();
  watchForMoment();
  followRuns();
  keepColours();
  // The list of runs, like the worker, waits until the first figure is drawn.
  if (whole) {
    void runsComeFrom(
      firstFigure
        .then(whenIdle)
        .then(async () => (await import("../../runs/database.ts")).openRuns()),
    );
  }
  if (whole) {
    // Everything is fetched once more for it: after what the reader sees, and what trains.
    firstFigure
      .then(whenIdle)
      .then(async () => (await import("./offline.ts")).keepSite())
      .catch((error: unknown) => console.warn("The page is not kept for offline use", error));
  }
  watchForWarnings();
  watchSetUps();
  watchFirstUse();
  keepGoing({ keeps: whole });
  followPresenting();
  keepOpenLesson();
  continueAfterReload();
  // Long tasks count from one second after training first began.
  let began: number | null = null;
  useRun.subscribe(({ status }) => {
    if (status === "playing") began ??= performance.now();
  });
  watchLongTasks(() => (began === null ? null : began + 1000));
}

/** A link that looks at a step or a cell is followed there; most do not. */
function watchForMoment(): void {
  const stop = useMoment.subscribe(({ run }) => {
    if (run === null) return;
    stop();
    void import("./arrive.ts").then(({ followMoment }) => followMoment(addLinkProblem));
  });
}

/** The first run: the link's, else the one that a reload interrupted, else the recorded one's. */
export function openFirstRun(): void {
  const linked = openLink(location.search);
  const lesson = continuedLesson();
  if (linked === null && lesson !== null) openLesson(lesson);
  // The recorded run is the default preset's: a link to another run has no use for it.
  const recorded =
    linked === null || sameRun(linked, runFrom())
      ? openRecording("./recordings/default.json").catch((error: unknown) => {
          console.error("The recorded run cannot be read", error);
        })
      : Promise.resolve();
  void recorded.then(() => {
    if (useRun.getState().source === "none") noFigureYet();
  });
  // A run that was chosen before the recorded one was drawn takes its place, with nothing to draw.
  useRun.subscribe(({ source }, before) => {
    if (source === "none" && before.source === "recorded") noFigureYet();
  });
  if (refuseInterrupted(linked ?? runFrom())) return;
  const continued = continuedRun();
  if (continued !== null) {
    resumeRun(continued, { play: true });
    return;
  }
  load(linked ?? runFrom());
  firstFigure
    .then(lookForOffer)
    .catch((error: unknown) => console.warn("No run is offered", error));
}

/** Resolves when the page has nothing to do, within half a second. */
function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has no idle callbacks.
    if (typeof requestIdleCallback === "undefined") setTimeout(resolve, 200);
    else requestIdleCallback(() => resolve(), { timeout: 500 });
  });
}
