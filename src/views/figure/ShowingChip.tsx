import type { Stage } from "../../analysis/stage.ts";
import { STAGES } from "../../analysis/stage.ts";
import type { Compare } from "../../store/view/view.ts";
import { CloseIcon } from "../shell/icons.tsx";

interface ShowingChipProps {
  compare: Compare;
  stage: Stage;
  /** The page shows another stage than the reader's own. */
  visiting: boolean;
  onBack(): void;
}

const SHOWS: Readonly<Record<Compare, string>> = {
  side: "",
  blink: "one figure in the other’s place",
  difference: "Figure 4 − Figure 3",
  effect: "Δ log π: what each update does",
};

/** While the figures hold something else than the reader's stage: what it is, and the way back. */
export function ShowingChip({ compare, stage, visiting, onBack }: ShowingChipProps) {
  if (compare === "side" && !visiting) return null;
  const words = compare === "side" ? `the stage “${STAGES[stage - 1]!.label}”` : SHOWS[compare];
  return (
    <p className="twin-showing">
      <span>Showing {words}</span>
      <button type="button" aria-label={`Stop showing ${words}`} onClick={onBack}>
        <CloseIcon />
      </button>
    </p>
  );
}
