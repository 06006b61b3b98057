import { useChartView } from "../../store/charts/chart-view.ts";
import type { Line } from "../../store/charts/line.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useView } from "../../store/view/view.ts";

/**
 * Where the charts' cursor is on the x axis: under the pointer, else at the step that is pinned;
 * null where neither is. `steps` is a line of the run on screen.
 */
export function useCursorX(steps: Line): number | null {
  const at = useChartView((view) => view.at);
  const unit = useChartView((view) => view.x);
  const cursor = useView((view) => view.cursor);
  const screen = useScreen();
  const step = cursor ?? (screen.pinned ? screen.step : null);
  if (at !== null) return at;
  if (step === null || unit === "step") return step;
  return steps.findLast((point) => point.step <= step)?.x ?? 0;
}
