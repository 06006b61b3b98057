import { progressText } from "../../store/run/readiness.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { openExample } from "../../store/screen/what-if.ts";
import "./states.css";

/** The figure's place before there is a step, at its final size. */
export function Skeleton() {
  const status = useRun((run) => run.status);
  const progress = useRun((run) => run.progress);
  const words =
    status === "loading"
      ? progress === null
        ? "The run is being built."
        : `${progressText(progress)}.`
      : status === "ready"
        ? "The run is ready. Press Play: the first step fills both figures."
        : status === "failed"
          ? "There is no step to show."
          : "The page is starting.";
  return (
    <div className="card skeleton">
      <div className="skeleton-figures" aria-hidden="true">
        {["Figure 3 · GRPO", "Figure 4 · GSPO"].map((title) => (
          <div key={title}>
            <p>{title}</p>
            {ROWS.map((width) => (
              <i key={width} style={{ width: `${width}%` }} />
            ))}
          </div>
        ))}
      </div>
      <p role="status">{words}</p>
      <div className="actions">
        <Button onPress={openExample}>Open the worked example, which needs no GPU</Button>
      </div>
    </div>
  );
}

/** Widths of the bars, in percent: completions of different lengths. */
const ROWS = [70, 71, 60, 80, 72, 90, 50, 100];
