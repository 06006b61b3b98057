import { useMemo } from "react";
import type { StepRecord } from "../../engine/record.ts";
import { useDisplay } from "../../store/display.ts";
import { useRun } from "../../store/session.ts";
import { innerSteps } from "../../store/shown.ts";
import { pinStep } from "../../store/view.ts";
import { Segmented } from "../controls/Segmented.tsx";

/** More inner steps than this are numbers only. */
const ROOMY = 4;

/** The optimizer steps k of one rollout, with what each clips: dragging along them is the lesson. */
export function InnerSteps({ record }: { record: StepRecord }) {
  const kept = useDisplay((display) => display.kept);
  const perGeneration = useRun((run) => run.stepsPerGeneration);
  const steps = useMemo(
    () => innerSteps(kept, record, perGeneration),
    [kept, record, perGeneration],
  );
  return (
    <div className="inner-steps">
      <p>
        Inner step <var>k</var>
        <small>
          clipped<span className="inner-steps-key">: tok · rows</span>
        </small>
      </p>
      <Segmented
        label="Inner step k"
        selected={String(record.innerStep)}
        onSelect={(id) => {
          const chosen = steps.find(({ k }) => String(k) === id);
          if (chosen?.step != null) pinStep(chosen.step);
        }}
        segments={steps.map(({ k, step, toCome, tokens, rows }) => ({
          id: String(k),
          disabled: step === null,
          label: (
            <>
              <b className="num">{k}</b>
              <span className={steps.length > ROOMY ? "visually-hidden" : "inner-steps-counts"}>
                {step === null ? (
                  toCome ? (
                    "not yet"
                  ) : (
                    "not kept"
                  )
                ) : k === 0 ? (
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
  );
}
