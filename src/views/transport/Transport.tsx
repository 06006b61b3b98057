import { lazy, Suspense } from "react";
import { firstFigure } from "../../store/browser/first-figure.ts";
import { pause, play, reset, step, stepGeneration } from "../../store/run/actions.ts";
import { useEmbed } from "../../store/page/embed.ts";
import { canReset, canTrain, trainsNow } from "../../store/run/readiness.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useRun } from "../../store/run/run-store.ts";
import { returnToLive, useView } from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { PauseIcon, PlayIcon, ResetIcon } from "./icons.tsx";
import { Timeline } from "./Timeline.tsx";
import "./transport.css";

// A learner trains as fast as it goes; nor does the first figure wait for the script.
const SpeedPicker = lazy(async () => {
  await firstFigure;
  return { default: (await import("./SpeedPicker.tsx")).SpeedPicker };
});

/** What makes training go, stand and start over, and which step is on screen. */
export function Transport() {
  const playing = useRun((run) => run.status === "playing");
  // In a frame the first press asks for the GPU; training begins when the run is built.
  const framed = useEmbed(({ part }) => part !== null);
  const refusal = useRun((run) => (framed && run.status === "loading" ? null : canTrain(run)));
  const noReset = useRun(canReset);
  const untouched = useRun((run) => run.source !== "live" && run.status === "ready");
  const density = useView((view) => view.density);
  // A learner begins with the question above the figures.
  const begun = useRun((run) => run.source === "live");
  const guided = density === "learn" && !begun;
  return (
    <section className="transport" aria-label="Training">
      <div className="transport-buttons">
        <Button
          shape="icon"
          label="Reset to the same initial weights"
          onPress={reset}
          disabledBecause={noReset}
        >
          <ResetIcon />
        </Button>
        {playing ? (
          <Button kind="primary" shape="transport-play" onPress={pause}>
            <PauseIcon /> Pause
          </Button>
        ) : (
          <Button
            kind={guided ? "plain" : "primary"}
            shape={untouched && !guided ? "transport-play pulse" : "transport-play"}
            onPress={play}
            disabledBecause={refusal}
          >
            <PlayIcon /> Play
          </Button>
        )}
        <Button
          shape="transport-step"
          label="One optimizer step"
          onPress={() => step(1)}
          disabledBecause={refusal}
        >
          +1 step
        </Button>
        <Button
          shape="transport-step transport-generation"
          label="To the end of this rollout"
          onPress={stepGeneration}
          disabledBecause={refusal}
        >
          +1 rollout
        </Button>
      </div>
      <div className="transport-speed">
        {density === "work" && (
          <Suspense fallback={null}>
            <SpeedPicker />
          </Suspense>
        )}
      </div>
      <Timeline />
      <StepReadout />
    </section>
  );
}

/** Which step is on screen, and the way back to the newest one. */
function StepReadout() {
  const { step, pinned, source, stored } = useScreen();
  const recorded = source === "recorded";
  const total = useRun((run) => run.totalSteps);
  const training = useRun(trainsNow);
  return (
    <div className="transport-readout">
      <b className="num">{step}</b>
      {!pinned ? (
        <span>
          {stored
            ? "stored run"
            : recorded
              ? "recorded run"
              : `of ${total}${training ? ", live" : ""}`}
        </span>
      ) : (
        <Button kind="ghost" shape="small" onPress={returnToLive}>
          {recorded ? "Go to the end" : "Return to live"}
        </Button>
      )}
    </div>
  );
}
