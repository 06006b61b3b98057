import { useRun } from "../../store/session.ts";
import { returnToLive, useView } from "../../store/view.ts";
import { Button } from "../controls/Button.tsx";

/** Says that the page shows a step of the past while training goes on. */
export function PinnedStep() {
  const step = useView((view) => view.step);
  const recorded = useRun((run) => run.source === "recorded");
  const live = useRun((run) => run.step);
  const playing = useRun((run) => run.status === "playing");
  if (step === null || recorded) return null;
  return (
    <div className="card pinned-step">
      <b>Looking at step {step}</b>
      <span>
        {playing ? (
          <>
            Training continues, at step <span className="num">{live}</span>. The slider stays where
            you put it.
          </>
        ) : (
          <>
            The newest step is <span className="num">{live}</span>.
          </>
        )}
      </span>
      <Button shape="small" onPress={returnToLive}>
        Return to live
      </Button>
    </div>
  );
}
