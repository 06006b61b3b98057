import { useEffect, useEffectEvent } from "react";
import { checkConfig } from "../../config/check.ts";
import type { Finding } from "../../config/finding.ts";
import type { RunConfig } from "../../config/types.ts";
import { load } from "../../store/actions.ts";
import { applyPatch } from "../../store/commit-field.ts";
import { forgetEdits, pendingCount, useEdits, withPending } from "../../store/edits.ts";
import { askPlan, useMemoryPlans } from "../../store/memory-plan.ts";
import { Button } from "../controls/Button.tsx";
import { plural } from "../format.ts";
import { focusField } from "./focus-field.ts";
import { patchText } from "../../config/patch-text.ts";

/** What waits for a reset, and the button that does it; or why it cannot be done. */
export function ApplyBar({ run }: { run: RunConfig }) {
  const edits = useEdits();
  const count = pendingCount(edits);
  if (count === 0) return null;
  const next = withPending(run, edits.pending);
  const problem = checkConfig(next).find(({ severity }) => severity === "error");
  return (
    <section className={`finding apply-bar ${problem ? "error" : "info"}`} role="status">
      <b>
        {problem === undefined
          ? `${plural(count, "change")} to apply at a reset.`
          : "This could not run."}
      </b>
      {problem === undefined ? (
        <>
          <p>Training starts again at step 0, from the initial weights.</p>
          <Memory run={next} />
        </>
      ) : (
        <p>
          {problem.message} {problem.remedy}
        </p>
      )}
      <div className="actions">
        {problem === undefined ? (
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
          <Remedy problem={problem} />
        )}
        <Button kind="ghost" shape="small" onPress={forgetEdits}>
          Discard
        </Button>
      </div>
    </section>
  );
}

/** What the run would hold on the GPU, or which limit of the adapter keeps it from running. */
function Memory({ run }: { run: RunConfig }) {
  const asked = useMemoryPlans((plans) => plans.asked);
  const key = JSON.stringify(run);
  // `key` stands for `run`, which is made anew at every drawing.
  const ask = useEffectEvent(() => askPlan(run));
  useEffect(() => ask(), [key]);
  if (asked === null) return null;
  const { plan, refusal } = asked;
  return <p>{refusal === null ? plan?.says : `${refusal.message} ${refusal.remedy}`}</p>;
}

/** The change that a problem proposes, or the way to its field. */
function Remedy({ problem: { patch, fields, arm } }: { problem: Finding }) {
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
