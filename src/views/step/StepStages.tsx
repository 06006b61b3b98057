import { memo, useEffect, useMemo, useState } from "react";
import type { StepRecord } from "../../record/record.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { goTo, stepThrough } from "../../store/screen/step-through.ts";
import { setPhase, setSlowMs, setStride, useView } from "../../store/view/view.ts";
import { PHASES, type Stride } from "../../analysis/walk.ts";
import { Button } from "../controls/Button.tsx";
import { Picker } from "../controls/Picker.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { phaseFacts } from "../../analysis/phase-facts.ts";
import "./step.css";

const STRIDES: readonly { id: Stride; label: string }[] = [
  { id: "stage", label: "Stage" },
  { id: "inner-step", label: "Inner step" },
  { id: "generation", label: "Rollout" },
];

const SPEEDS = [
  { id: "0.25", text: "0.25×", ms: 4800 },
  { id: "0.5", text: "0.5×", ms: 2400 },
  { id: "1", text: "1×", ms: 1200 },
  { id: "4", text: "4×", ms: 300 },
] as const;
const START_MS = 1200;

/** One optimizer step taken apart: its phases with their numbers, and the ways through them. */
export function StepStages({ record }: { record: StepRecord }) {
  const lit = useView((view) => view.phase);
  const next = useNextInnerStep(record);
  const facts = useMemo(
    () => PHASES.map((phase) => ({ phase, ...phaseFacts(record, next, phase) })),
    [record, next],
  );
  const shown = facts.find(({ phase }) => phase === lit);
  return (
    <section className="card step" aria-label="Step anatomy">
      <header className="step-head">
        <h2>
          Step {record.step}, <var>k</var> = {record.innerStep}
        </h2>
        <StepControls />
      </header>
      <ol className="step-phases">
        {facts.map(({ phase, label, value, unit, ran, sentence }) => (
          <li key={phase}>
            <button
              type="button"
              title={sentence}
              className="step-phase"
              data-ran={ran || undefined}
              data-lit={lit === phase || (lit === null && ran) || undefined}
              aria-pressed={lit === phase}
              onClick={() => (lit === phase ? setPhase(null) : goTo({ step: record.step, phase }))}
            >
              <b>{label}</b>
              <span className="num">{value}</span>
              <small>{unit}</small>
            </button>
          </li>
        ))}
      </ol>
      <p className="step-says" aria-live="polite">
        {shown === undefined
          ? record.innerStep === 0
            ? "At k = 0 all eight run. Press one, or step through them: the figures go along."
            : "The first three are kept from k = 0; the others run again on completions of that rollout."
          : shown.sentence}
      </p>
    </section>
  );
}

/** Back, forwards and slow motion, by stage, inner step or generation. */
const StepControls = memo(function StepControls() {
  const stride = useView((view) => view.stride);
  const slowMs = useView((view) => view.slowMs);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [speed, setSpeed] = useState(START_MS);
  const go = (direction: 1 | -1): void => {
    setSlowMs(null);
    setRefusal(stepThrough(stride, direction));
  };
  useEffect(() => {
    if (slowMs === null) return;
    const timer = setInterval(() => {
      const why = stepThrough(stride, 1);
      setRefusal(why);
      if (why !== null) setSlowMs(null);
    }, slowMs);
    return () => clearInterval(timer);
  }, [slowMs, stride]);
  return (
    <div className="step-controls">
      <span role="status" className="step-refusal">
        {refusal}
      </span>
      <Segmented
        label="One press goes by"
        segments={STRIDES}
        selected={stride}
        onSelect={setStride}
      />
      <Button shape="small" label={`Back one ${words(stride)}`} onPress={() => go(-1)}>
        ‹ Back
      </Button>
      <Button shape="small" label={`Forward one ${words(stride)}`} onPress={() => go(1)}>
        Forward ›
      </Button>
      <Button
        shape="small step-slow"
        pressed={slowMs !== null}
        onPress={() => {
          setRefusal(null);
          setSlowMs(slowMs === null ? speed : null);
        }}
      >
        {slowMs === null ? "Slow motion" : "Stop"}
      </Button>
      <Picker
        label="Slow motion speed"
        choices={SPEEDS}
        selected={SPEEDS.find(({ ms }) => ms === speed)?.id ?? null}
        onSelect={(id) => {
          const ms = SPEEDS.find((each) => each.id === id)?.ms ?? START_MS;
          setSpeed(ms);
          if (slowMs !== null) setSlowMs(ms);
        }}
      />
    </div>
  );
});

const words = (stride: Stride): string => stride.replace("-", " ");

/** The record of the same arm one inner step later in the same generation, where it is kept. */
function useNextInnerStep(record: StepRecord): StepRecord | null {
  const { kept } = useScreen();
  return useMemo(() => {
    const found = kept.findLast(({ step }) => step === record.step + 1);
    const next = found?.records[record.arm];
    return next?.generation === record.generation ? next : null;
  }, [kept, record]);
}
