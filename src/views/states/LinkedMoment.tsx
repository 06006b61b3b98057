import { trainToMoment } from "../../store/page/arrive.ts";
import { forgetMoment, useMoment } from "../../store/page/moment.ts";
import { recall } from "../../store/run/actions.ts";
import { canReplay, canTrain } from "../../store/run/readiness.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import "./states.css";

/** A link's step that this run has not got on screen yet: one line, and the way there. */
export function LinkedMoment() {
  const wanted = useMoment((moment) => moment.step);
  const at = useRun((run) => (run.source === "live" ? run.step : 0));
  const last = useRun((run) => run.totalSteps);
  const playing = useRun((run) => run.status === "playing");
  const refusal = useRun(canTrain);
  const noReplay = useRun(canReplay);
  if (wanted === null) return null;
  const beyond = last > 0 && wanted > last;
  const to = beyond ? last : wanted;
  const passed = at >= to;
  // While a run is built, or where there is no GPU, the reason is said instead of a way.
  const why = passed ? (beyond ? null : noReplay) : refusal;
  return (
    <section className="finding info run-notice" aria-label="The step of the link" role="status">
      <p>
        This link looks at step {wanted};{" "}
        {beyond ? `this run ends at ${last}` : `this run is at ${at}`}. {why}
      </p>
      <div className="actions">
        {playing || why !== null || (beyond && passed) ? null : (
          <Button shape="small wraps" onPress={() => (passed ? recall(wanted) : trainToMoment())}>
            {passed ? `Look at step ${wanted}` : `Train to step ${to}`}
          </Button>
        )}
        <Button kind="ghost" shape="small" onPress={forgetMoment}>
          {beyond && passed ? "Close" : "Not now"}
        </Button>
      </div>
    </section>
  );
}
