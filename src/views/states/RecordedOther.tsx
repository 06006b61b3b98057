import { useMemo } from "react";
import { unlikeRecorded } from "../../store/changes/recorded-other.ts";
import { useEdits, pendingCount } from "../../store/config/edits.ts";
import { useRun } from "../../store/run/run-store.ts";
import "./states.css";

/** Fields that are named; the rest is counted. */
const MOST_NAMED = 3;

/** Over a recorded run that is not the run that is chosen: what is on screen would mislead. */
export function RecordedOther() {
  const source = useRun((state) => state.source);
  const run = useRun((state) => state.run);
  const recordedRun = useRun((state) => state.recordedRun);
  const viewedRun = useRun((state) => state.viewedRun);
  const pending = useEdits((edits) => edits.pending);
  const waiting = useEdits(pendingCount);
  const unlike = useMemo(
    () => unlikeRecorded({ source, run, recordedRun, viewedRun }, pending),
    [source, run, recordedRun, viewedRun, pending],
  );
  if (unlike.length === 0) return null;
  const named = unlike.slice(0, MOST_NAMED);
  return (
    <section
      className="finding run-notice"
      aria-label="A recording of other settings"
      role="status"
    >
      <p>
        <b>What is on screen is a recording made with other settings:</b>{" "}
        {named.map(({ name, recorded, chosen }, index) => (
          <span key={name}>
            {index === 0 ? "" : ", "}
            <code>{name}</code> {recorded}, and you chose {chosen}
          </span>
        ))}
        {unlike.length > named.length ? `, and ${unlike.length - named.length} more` : ""}.{" "}
        {waiting > 0
          ? "“Reset and apply”, then Play, trains what you chose."
          : "Play trains what you chose."}
      </p>
    </section>
  );
}
