import { useEffect, useRef } from "react";
import { Label, Slider, SliderThumb, SliderTrack } from "react-aria-components";
import { type RetainedStep, RECORD_BYTES, totalBytes } from "../../record/retained-records.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { keptTowards } from "../../store/screen/shown.ts";
import type { Mark } from "../../store/run/marks.ts";
import { useRun } from "../../store/run/run-store.ts";
import { pinStep, returnToLive } from "../../store/view/view.ts";

/** The step slider over the kept records, with the marks of what happened. */
export function Timeline() {
  const { kept, source, step: shown, pinned } = useScreen();
  const marks = useRun((run) => run.marks);
  const total = useRun((run) => run.totalSteps);
  const newest = kept.at(-1)?.step ?? 0;
  const end = Math.max(source === "recorded" ? 0 : total, newest, 1);
  const share = (step: number): string => `${(100 * Math.min(step, end)) / end}%`;

  const go = (to: number): void => {
    if (to >= newest) return returnToLive();
    const step = keptTowards(kept, shown, to);
    if (step !== undefined) pinStep(step);
  };

  useMarkKeys(marks, shown, go);

  return (
    <Slider
      className="timeline"
      minValue={0}
      maxValue={end}
      step={1}
      value={shown}
      onChange={(value) => go(typeof value === "number" ? value : (value[0] ?? newest))}
      isDisabled={kept.length === 0}
    >
      <Label className="visually-hidden">Step on screen</Label>
      <SliderTrack className="timeline-track">
        <i className="timeline-fill" style={{ width: share(newest) }} />
        {marks.map((mark, index) => (
          <i
            key={`${index} ${mark.step}`}
            className={`timeline-mark ${mark.kind}`}
            style={{ left: share(mark.step) }}
            title={`Step ${mark.step}: ${mark.text}`}
          />
        ))}
        <SliderThumb className={pinned ? "timeline-thumb pinned" : "timeline-thumb"} />
      </SliderTrack>
      <div className="timeline-scale" aria-hidden="true">
        <span>0</span>
        <KeptLabel kept={kept} recorded={source === "recorded"} />
        <MarkLabel mark={marks.findLast(({ step }) => step <= shown) ?? marks[0]} />
        <span>{end}</span>
      </div>
    </Slider>
  );
}

/** How much the slider reaches, and what became of the rest. */
function KeptLabel({ kept, recorded }: { kept: readonly RetainedStep[]; recorded: boolean }) {
  const [first, last] = [kept[0], kept.at(-1)];
  if (first === undefined || last === undefined) return null;
  const all = last.step - first.step + 1;
  const thinned = kept.length < all;
  const count = `${kept.length}${thinned ? ` of ${all}` : ""} steps`;
  if (recorded) {
    return (
      <span className="timeline-kept" title={thinned ? CHOSEN : undefined}>
        {count} on screen
      </span>
    );
  }
  return (
    <span className="timeline-kept" title={thinned ? `${FAST} ${LIMITED}` : LIMITED}>
      {count} kept, {mib(totalBytes(kept))} of {mib(RECORD_BYTES)} MiB
    </span>
  );
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes % 2 ** 20 === 0 ? 0 : 1);

/** Why a live run has steps without a record. */
const FAST =
  "Steps faster than 20 a second leave records rollout by rollout, as many as can be looked at; the charts have every step.";
const LIMITED = `Records are kept up to ${mib(RECORD_BYTES)} MiB; beyond that the older half loses every second rollout.`;

/** Nothing was lost of it: what is not on screen may well be stored. */
const CHOSEN = "Of a long run, steps are read evenly spread; the charts have them all.";

/** The last mark before the step on screen in words; the others say theirs on hover. */
function MarkLabel({ mark }: { mark: Mark | undefined }) {
  return (
    <span className="timeline-said" title={mark && "Keys [ and ] go from mark to mark."}>
      {mark ? `${mark.step}: ${mark.text}` : ""}
    </span>
  );
}

/** [ and ] go to the kept step at the mark before and after the one on screen. */
function useMarkKeys(marks: readonly Mark[], shown: number, go: (step: number) => void): void {
  const latest = useRef({ marks, shown, go });
  useEffect(() => {
    latest.current = { marks, shown, go };
  });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key !== "[" && event.key !== "]") return;
      const typing =
        event.target instanceof HTMLElement &&
        event.target.closest("input:not([type=radio], [type=range]), textarea, [contenteditable]");
      if (typing) return;
      const { marks: all, shown: from, go: to } = latest.current;
      const mark =
        event.key === "["
          ? all.findLast(({ step }) => step < from)
          : all.find(({ step }) => step > from);
      if (mark !== undefined) to(mark.step);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
