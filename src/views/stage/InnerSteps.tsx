import { type PointerEvent, useMemo, useRef, useState } from "react";
import type { StepRecord } from "../../record/record.ts";
import { recall } from "../../store/run/actions.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useCovered } from "../../store/lesson/asked.ts";
import { useRun } from "../../store/run/run-store.ts";
import { innerSteps } from "../../store/screen/shown.ts";
import { canReplay, trainsNow } from "../../store/run/readiness.ts";
import { pinStep, returnToLive } from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { Word } from "../controls/Word.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { useLooped } from "./use-looped.ts";
import "./inner-steps.css";

/** More inner steps than this are numbers only. */
const ROOMY = 6;
/** While they play, each stays this long. */
const LOOP_MS = 1000;

/** The optimizer steps k of one rollout, with what each clips: dragging along them is the lesson. */
export function InnerSteps({ record }: { record: StepRecord }) {
  const { kept, source, stepsPerGeneration: perGeneration } = useScreen();
  const steps = useMemo(
    () => innerSteps(kept, record, perGeneration),
    [kept, record, perGeneration],
  );
  // A live run can take again what left no record, while it stands still.
  const recalls = !useRun(trainsNow) && source === "live";
  const refusal = useRun(canReplay);
  // What each step clips is asked, or tells it.
  const covered = useCovered();
  const known = steps.filter(({ step }) => step !== null);
  const [looping, setLooping] = useState(false);
  const newest = kept.at(-1)?.step;
  const show = (k: number): void => {
    const step = steps[k]?.step;
    if (step == null || k === record.innerStep) return;
    // The newest step is the live one; a loop over a rollout stays with that rollout.
    if (step === newest && !looping) returnToLive();
    else pinStep(step);
  };
  useLooped(looping && known.length > 1, LOOP_MS, () => {
    const next = known.find(({ k }) => k > record.innerStep) ?? known[0];
    if (next !== undefined) show(next.k);
  });
  const track = useRef<HTMLDivElement>(null);
  const drag = (event: PointerEvent): void => {
    const box = track.current?.getBoundingClientRect();
    if (!box || event.buttons !== 1) return;
    const at = Math.floor(((event.clientX - box.left) / box.width) * steps.length);
    setLooping(false);
    show(Math.max(0, Math.min(steps.length - 1, at)));
  };
  return (
    <div className="inner-steps">
      <p>
        <Word id="inner-step">
          <span className="inner-steps-long">Inner </span>step <var>k</var>
        </Word>
        {!covered && (
          <small>
            clipped<span className="inner-steps-key">: tok · rows</span>
          </small>
        )}
      </p>
      <div className="inner-steps-track" ref={track} onPointerMove={drag}>
        <Segmented
          label="Inner step k"
          selected={String(record.innerStep)}
          onSelect={(id) => {
            setLooping(false);
            const k = Number(id);
            if (steps[k]?.step === null) recall(record.step - record.innerStep + k);
            else show(k);
          }}
          segments={steps.map(({ k, step, toCome, tokens, rows }) => ({
            id: String(k),
            disabled: step === null && (toCome || !recalls || refusal !== null),
            label: (
              <>
                <b className="num">{k}</b>
                <span className={steps.length > ROOMY ? "visually-hidden" : "inner-steps-counts"}>
                  {step === null ? (
                    toCome ? (
                      "not yet"
                    ) : recalls ? (
                      "retake"
                    ) : (
                      "not kept"
                    )
                  ) : covered ? null : k === 0 ? (
                    "identical"
                  ) : (
                    <>
                      {tokens}
                      <span className="inner-steps-unit"> tok</span> · {rows}
                      <span className="inner-steps-unit"> {rows === 1 ? "row" : "rows"}</span>
                    </>
                  )}
                </span>
              </>
            ),
          }))}
        />
      </div>
      <Button
        shape="small"
        pressed={looping}
        label="Play the inner steps over and over"
        onPress={() => setLooping(!looping)}
        disabledBecause={known.length > 1 ? null : "Only one inner step of this rollout is kept."}
      >
        {looping ? "Stop" : "Loop"}
      </Button>
    </div>
  );
}
