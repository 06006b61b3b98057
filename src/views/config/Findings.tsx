import { findings } from "../../config/findings/findings.ts";
import type { RunConfig } from "../../config/types.ts";
import { applyPatch } from "../../store/commit-field.ts";
import { Button } from "../controls/Button.tsx";
import { patchText } from "./patch-text.ts";

const TONE = { error: "error", warning: "", note: "info" } as const;

/** What the configuration will do, where that is probably not what its reader means. */
export function Findings({ run }: { run: RunConfig }) {
  return (
    <div className="config-findings">
      {findings(run).map(({ id, severity, message, reason, remedy, patch, arm }) => (
        <section key={`${id} ${arm ?? ""}`} className={`finding ${TONE[severity]}`}>
          <b>{message}</b>
          <p>
            {reason} {patch === null ? remedy : null}
          </p>
          {patch === null ? null : (
            <div className="actions">
              <Button shape="small wraps" onPress={() => applyPatch(patch, arm)}>
                {patchText(patch)}
              </Button>
            </div>
          )}
        </section>
      ))}
    </div>
  );
}
