import { otherLevel } from "../../config/types.ts";
import { useState } from "react";
import type { StepRecord } from "../../record/record.ts";
import { fork, rewind } from "../../store/run/actions.ts";
import { algorithm } from "../../store/run/arms.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { plural } from "../../analysis/format.ts";

/** More arms than this do not fit the charts. */
const MOST_ARMS = 4;

/** A new arm from the step on screen. In the past that costs the later steps: it asks once more. */
export function ForkHere({ record, refusal }: { record: StepRecord; refusal: string | null }) {
  const done = useRun((run) => run.step);
  const arms = useRun((run) => run.run?.arms.length ?? 0);
  const [asking, setAsking] = useState<number | null>(null);
  const other = otherLevel(record.level);
  const full = arms >= MOST_ARMS ? `The run has ${arms} arms already.` : null;
  const later = done - record.step;
  const go = () => {
    setAsking(null);
    fork(record.arm, other, record.step);
  };
  if (asking === record.step && later > 0) {
    return (
      <div className="fork-ask" role="group" aria-label="Fork in the past">
        <p role="status">
          The run goes back to step {record.step} and continues from there with the new arm.{" "}
          {later === 1 ? `Step ${done} leaves` : `Steps ${record.step + 1} to ${done} leave`} the
          page and stay with the run as it is stored; the arms that stay would take{" "}
          {later === 1 ? "it" : "them"} again to the same bits.
        </p>
        <Button kind="primary" shape="small wraps" onPress={go} disabledBecause={refusal ?? full}>
          Fork at step {record.step} and drop {plural(later, "later step")}
        </Button>
        <Button shape="small" onPress={() => rewind(record.step)} disabledBecause={refusal}>
          Go back without a fork
        </Button>
        <Button shape="small" onPress={() => setAsking(null)}>
          Keep {later === 1 ? "it" : "them"}
        </Button>
      </div>
    );
  }
  const why = refusal ?? full;
  return (
    <>
      <Button
        shape="small"
        onPress={() => (later > 0 ? setAsking(record.step) : go())}
        disabledBecause={why}
      >
        Fork here: {algorithm(other)} from step {record.step}
      </Button>
      {why === null ? null : (
        // In sight: a button that cannot be pressed has no focus that would tell it.
        <small className="fork-why">No fork yet: {why}</small>
      )}
    </>
  );
}
