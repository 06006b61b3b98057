import { useEffect, useEffectEvent } from "react";
import { checkConfig } from "../../config/check.ts";
import type { Finding } from "../../config/finding.ts";
import type { RunConfig } from "../../config/types.ts";
import { load } from "../../store/run/actions.ts";
import { applyPatch } from "../../store/changes/commit-field.ts";
import {
  discardEdits,
  forgetEdits,
  pendingCount,
  useEdits,
  withPending,
} from "../../store/config/edits.ts";
import { askPlan, type MemoryPlans, useMemoryPlans } from "../../store/run/memory-plan.ts";
import { Button } from "../controls/Button.tsx";
import { plural } from "../../analysis/format.ts";
import { focusField } from "./focus-field.ts";
import { patchText } from "../../config/patch-text.ts";

/** What waits for a reset, and the button that does it; or why it cannot be done. */
export function ApplyBar({ run }: { run: RunConfig }) {
  const edits = useEdits();
  const count = pendingCount(edits);
  if (count === 0) return null;
  return <Pending run={run} next={withPending(run, edits.pending)} count={count} />;
}

interface PendingProps {
  run: RunConfig;
  next: RunConfig;
  count: number;
}

function Pending({ run, next, count }: PendingProps) {
  const problem = checkConfig(next).find(({ severity }) => severity === "error");
  const asked = usePlanOf(next);
  const refusal = problem ?? (asked !== null && "refusal" in asked ? asked.refusal : null);
  return (
    <section className={`finding apply-bar ${refusal ? "error" : "info"}`} role="status">
      {refusal === null ? (
        <>
          <b>{plural(count, "change")} to apply at a reset.</b>
          <p>Training starts again at step 0, from the initial weights.</p>
          {asked !== null && "plan" in asked ? <p>{asked.plan.summary}</p> : null}
        </>
      ) : (
        <>
          <b>{problem ? "This could not run." : "This GPU could not run it."}</b>
          <p>
            {refusal.message} {refusal.remedy}
          </p>
        </>
      )}
      <div className="actions">
        {refusal === null ? (
          <Button
            kind="primary"
            shape="small"
            onPress={() => {
              load(next);
              forgetEdits();
            }}
          >
            Reset and apply
          </Button>
        ) : (
          <Remedy
            patch={problem?.patch ?? null}
            fields={refusal.fields}
            arm={problem?.arm ?? null}
          />
        )}
        <Button kind="ghost" shape="small" onPress={() => discardEdits(run)}>
          Discard
        </Button>
      </div>
    </section>
  );
}

/** What the run would hold on the GPU, or why this adapter cannot; null until that is known. */
function usePlanOf(run: RunConfig): MemoryPlans["asked"] {
  // The key stands for the run, which is made anew at every drawing.
  const key = JSON.stringify(run);
  const ask = useEffectEvent(() => void askPlan(run));
  useEffect(() => ask(), [key]);
  return useMemoryPlans(({ asked }) => asked);
}

/** The change that a problem proposes, or the way to its field. */
function Remedy({ patch, fields, arm }: Pick<Finding, "patch" | "fields" | "arm">) {
  if (patch !== null) {
    return (
      <Button shape="small wraps" onPress={() => applyPatch(patch, arm)}>
        {patchText(patch)}
      </Button>
    );
  }
  return fields.slice(0, 1).map((name) => (
    <Button key={name} shape="small" onPress={() => focusField(name)}>
      Go to <code>{name}</code>
    </Button>
  ));
}
