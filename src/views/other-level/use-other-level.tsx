import { lazy, memo, type ReactNode, Suspense, useCallback, useMemo, useState } from "react";
import type { StepRecord } from "../../record/record.ts";
import type { UpdateEffect } from "../figure/props.ts";
import { OtherLevelButton } from "./OtherLevelButton.tsx";
import { useCounterfactual } from "./use-counterfactual.ts";

// Nobody has asked yet.
const MemoOtherLevel = lazy(async () => ({
  default: memo((await import("./OtherLevel.tsx")).OtherLevel),
}));

interface OtherLevelParts {
  /** Asks, and opens the answer's place. */
  button: ReactNode;
  /** Null while it is closed. */
  answer: ReactNode;
  /** What an update at each level does to log π, where it was asked for this very step; else null. */
  effect: UpdateEffect | null;
}

/** What the other level would have done in a step, in parts that stand around its figures. */
export function useOtherLevel(record: StepRecord): OtherLevelParts {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const found = useCounterfactual(record);
  const effect = useMemo(() => {
    if (found === null) return null;
    const [token, sequence] =
      found.own.level === "token" ? [found.own, found.other] : [found.other, found.own];
    return { token: token.deltaLogp, sequence: sequence.deltaLogp };
  }, [found]);
  return {
    button: <OtherLevelButton record={record} open={open} onOpen={setOpen} />,
    answer: open ? (
      <Suspense fallback={null}>
        <MemoOtherLevel record={record} onClose={close} />
      </Suspense>
    ) : null,
    effect,
  };
}
