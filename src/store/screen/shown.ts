import type { StepRecord } from "../../record/record.ts";
import { useMemo } from "react";
import { armConfig, type Level } from "../../config/types.ts";
import { armMarkers, type ArmMarker } from "../run/arms.ts";
import type { RetainedStep } from "../../record/retained-records.ts";
import { useRun } from "../run/run-store.ts";
import { useView } from "../view/view.ts";
import { useScreen } from "./screen.ts";

/** The marker of each arm of the run on screen. */
export function useMarkers(): Readonly<Record<string, ArmMarker>> {
  const run = useRun(({ source, loaded, recordedRun, run: current }) =>
    source === "recorded" ? recordedRun : (loaded ?? current),
  );
  return useMemo(() => armMarkers(run), [run]);
}

/**
 * The kept records of the shown record's rollout and arm that hold the same rows, by inner step: all
 * of them where every inner step goes through the whole rollout, else the record alone.
 */
export function rolloutOf(kept: readonly RetainedStep[], record: StepRecord): StepRecord[] {
  return kept.flatMap(({ generation, records }) => {
    const each = generation === record.generation ? records[record.arm] : undefined;
    return each !== undefined && (each === record || sameRows(each, record)) ? [each] : [];
  });
}

const sameRows = (a: StepRecord, b: StepRecord): boolean =>
  a.rows === b.rows &&
  a.columns === b.columns &&
  a.tokens.every((token, i) => token === b.tokens[i]);

/**
 * The level that trains the record's arm: the one that it has now, which drives its next step. In an
 * earlier step that the reader went to it is the one that drove it, unless they have just flipped it.
 */
export function useTrainedLevel(record: StepRecord): Level {
  const { pinned, stored, source } = useScreen();
  const flipped = useView(({ switched }) => switched?.arm === record.arm);
  const now = useRun(({ run }) => {
    const arm = run?.arms.find(({ name }) => name === record.arm);
    return run === null || arm === undefined ? null : armConfig(run, arm).importance_sampling_level;
  });
  const past = stored || (pinned && source === "live" && !flipped);
  return past || now === null ? record.level : now;
}

/** What one inner step of a generation clips, at both levels. */
export interface InnerStep {
  k: number;
  /** Null where there is no record. */
  step: number | null;
  /** Of a live generation that has not come so far; otherwise a missing record was not kept. */
  toCome: boolean;
  tokens: number;
  rows: number;
}

/** The inner steps of the shown record's generation. */
export function innerSteps(
  kept: readonly RetainedStep[],
  record: StepRecord,
  stepsPerGeneration: number,
): InnerStep[] {
  const newest = kept.at(-1);
  const reached = newest?.generation === record.generation ? newest.innerStep : Infinity;
  const count = Math.max(stepsPerGeneration, record.innerStep + 1);
  return Array.from({ length: count }, (_, k) => {
    // The shown record is there even where a newer generation has taken its place among the kept.
    const found =
      k === record.innerStep
        ? record
        : kept.find(
            ({ generation, innerStep }) => generation === record.generation && innerStep === k,
          )?.records[record.arm];
    if (found === undefined) return { k, step: null, toCome: k > reached, tokens: 0, rows: 0 };
    return {
      k,
      step: found.step,
      toCome: false,
      tokens: sum(found.tokenClipped),
      rows: sum(found.sequenceClipped),
    };
  });
}

const sum = (values: Uint32Array): number => values.reduce((total, value) => total + value, 0);

/** The kept step to go to from `from` towards `to`, so that sparse steps never hold a slider. */
export function keptTowards(
  kept: readonly RetainedStep[],
  from: number,
  to: number,
): number | undefined {
  if (to > from) return (kept.find(({ step }) => step >= to) ?? kept.at(-1))?.step;
  if (to < from) return (kept.findLast(({ step }) => step <= to) ?? kept[0])?.step;
  return from;
}
