import type { Finding } from "../../config/finding.ts";
import { patchText } from "../../config/patch-text.ts";
import type { RunConfig } from "../../config/types.ts";
import { useEdits } from "../../store/config/edits.ts";
import {
  configFindings,
  screenFindings,
  takeRemedy,
  undoRemedy,
  useRemedies,
  waits,
} from "../../store/changes/remedies.ts";
import { useSampledRun } from "../../store/run/sampled.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";

const TONE = { error: "error", warning: "", note: "info" } as const;

/** What a run has come to changes slowly; looking is cheap but not free. */
const LOOK_MS = 2000;

/** What the configuration will do, and what the run has come to, each with its remedy. */
export function Findings({ run }: { run: RunConfig }) {
  const pending = useEdits((edits) => edits.pending);
  const loaded = useRun((state) => state.loaded);
  const taken = useRemedies((remedies) => remedies.taken);
  // Of one state together: the name and the findings are the same run's.
  const progress = useSampledRun(
    (state) => ({ of: state.viewedRun?.name ?? null, found: screenFindings(state) }),
    LOOK_MS,
    700,
  );
  return (
    <div className="config-findings">
      {taken
        .filter((remedy) => remedy.loaded === loaded)
        .map((remedy) => (
          <p key={remedy.text} className={`finding ${waits(remedy, pending) ? "info" : "ok"} done`}>
            {remedy.text}: {waits(remedy, pending) ? "waits for the reset above." : "done."}
            <Button
              kind="ghost"
              shape="small"
              label={`Undo: ${remedy.text}`}
              onPress={() => undoRemedy(remedy)}
            >
              Undo
            </Button>
          </p>
        ))}
      {configFindings(run, pending).map((finding) => (
        <Found key={`${finding.id} ${finding.arm ?? ""}`} finding={finding} />
      ))}
      {progress.of === null || progress.found.length === 0 ? null : (
        <p>Of the run {progress.of}, which is on screen:</p>
      )}
      {progress.found.map((finding) => (
        <Found key={`${finding.id} ${finding.arm ?? ""}`} finding={finding} />
      ))}
    </div>
  );
}

function Found({ finding }: { finding: Finding }) {
  const { severity, message, reason, remedy, patch, arm } = finding;
  return (
    <section className={`finding ${TONE[severity]}`}>
      <b>
        {arm === null ? "" : `${arm} arm: `}
        {message}
      </b>
      <p>
        {reason} {patch === null ? remedy : null}
      </p>
      {patch === null ? null : (
        <div className="actions">
          <Button shape="small wraps" onPress={() => takeRemedy(patch, arm)}>
            {patchText(patch)}
          </Button>
        </div>
      )}
    </section>
  );
}
