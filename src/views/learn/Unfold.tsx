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
  return (
    <div className="unfold" role="group" aria-label="More of this step">
      {open ? (
        PARTS.map((part) => (
          <Button
            key={part}
            kind="ghost"
            shape="small"
            pressed={unfolded.has(part)}
            onPress={() => unfold(part, !unfolded.has(part))}
          >
            {NAMES[part]}
          </Button>
        ))
      ) : (
        <Button kind="ghost" shape="small" expanded={false} onPress={() => setListed(true)}>
          More of this step
        </Button>
      )}
    </div>
  );
}
