import { lazy, Suspense } from "react";
import { firstFigure } from "../../store/browser/first-figure.ts";
import { reset, step, stepGeneration } from "../../store/run/actions.ts";
import { begin, halt, startingText, useBegin } from "../../store/run/begin.ts";
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
  const refusal = useRun(canTrain);
  // A run that is being built begins when it is there; in a frame the press asks for the GPU first.
  const building = useRun(({ status }) => status === "loading");
  const awaited = useBegin((state) => state.awaited);
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
        {playing || awaited ? (
          <Button
            kind="primary"
            shape="transport-play"
            {...(awaited ? { label: "Starting: call it off" } : {})}
            onPress={halt}
          >
            <PauseIcon /> {awaited ? "Starting" : "Pause"}
          </Button>
        ) : (
          <Button
            kind={guided ? "plain" : "primary"}
            shape={untouched && !guided ? "transport-play pulse" : "transport-play"}
            onPress={begin}
            disabledBecause={building ? null : refusal}
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
      <Standing refusal={refusal} awaited={awaited} building={building} />
      <Timeline />
      <StepReadout />
    </section>
  );
}

interface StandingProps {
  refusal: string | null;
  awaited: boolean;
  building: boolean;
}

/** Beside the buttons: how far it is before it starts, or why it cannot. */
function Standing({ refusal, awaited, building }: StandingProps) {
  const starting = useRun(startingText);
  const framed = useEmbed(({ part, touched }) => part !== null && !touched);
  const failed = useRun(({ status }) => status === "failed");
  // Before anybody presses, the bar at the top tells it; a frame asks for nothing yet.
  const text = awaited ? starting : building || framed ? null : refusal;
  return (
    <p className="transport-standing" role={failed ? undefined : "status"} hidden={text === null}>
      {text}
    </p>
  );
}

/** Which step is on screen, and the way back to the newest one. */
function StepReadout() {
  const { step, kept, pinned, source, stored } = useScreen();
  const recorded = source === "recorded";
  const total = useRun((run) => run.totalSteps);
  const training = useRun(trainsNow);
  const last = kept.at(-1)?.step ?? step;
  return (
    <div className="transport-readout">
      <b className="num">{step}</b>
      {!pinned || (recorded && step === last) ? (
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
