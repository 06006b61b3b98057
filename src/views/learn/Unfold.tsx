import { useState } from "react";
import { type Part, PARTS, unfold, useView } from "../../store/view/view.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";

const NAMES: Readonly<Record<Part, string>> = {
  row: "One row, taken apart",
  distributions: "Distributions",
  charts: "Charts",
  step: "The step in parts",
  completions: "All answers",
};

/** Where each of them stands. */
const PLACES: Readonly<Record<Part, string>> = {
  row: ".saveable-row",
  distributions: "#distributions",
  charts: ".saveable-charts",
  step: ".stage-step",
  completions: ".stage-completions",
};

/**
 * Whether a part under the figures is there: at work and for a projector all are, and the charts as
 * soon as they move.
 */
export function usePart(part: Part): boolean {
  const open = useView(
    ({ density, present, unfolded }) => density === "work" || present || unfolded.has(part),
  );
  const moves = useRun(({ source }) => source === "live");
  return open || (part === "charts" && moves);
}

/** What else there is to see of the step, two presses away. */
export function Unfold() {
  const unfolded = useView((view) => view.unfolded);
  const [listed, setListed] = useState(false);
  const open = listed || unfolded.size > 0;
  const press = (part: Part): void => {
    unfold(part, !unfolded.has(part));
    // It may lie below the window's end: nothing would seem to happen.
    requestAnimationFrame(() =>
      document.querySelector(PLACES[part])?.scrollIntoView({ block: "nearest" }),
    );
  };
  return (
    <div className="unfold" role="group" aria-label="More of this step">
      {open ? (
        PARTS.map((part) => (
          <Button
            key={part}
            kind="ghost"
            shape="small"
            pressed={unfolded.has(part)}
            onPress={() => press(part)}
          >
            {NAMES[part]}
          </Button>
        ))
      ) : (
        <span title={PARTS.map((part) => NAMES[part]).join(", ")}>
          <Button
            shape="small"
            label="More of this step"
            expanded={false}
            onPress={() => setListed(true)}
          >
            More ▾
          </Button>
        </span>
      )}
    </div>
  );
}
