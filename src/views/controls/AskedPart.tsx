import type { ReactNode } from "react";
import * as format from "../../analysis/format.ts";
import type { Asked } from "../../store/run/asked.ts";
import { canReplay } from "../../store/run/readiness.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "./Button.tsx";

interface AskedPartProps<Answer> {
  /** Null: nothing was asked yet. */
  asked: Asked<Answer> | null;
  step: number;
  /** A sentence for while the answer is computed. */
  waits: string;
  /** What the button says. */
  asks: string;
  onAsk(): void;
  children(answer: Answer): ReactNode;
}

/** What the worker is asked about a step: a button first, then how far it is, then the answer. */
export function AskedPart<Answer>(props: AskedPartProps<Answer>) {
  const { asked, step } = props;
  const refusal = useRun(canReplay);
  const replaying = useRun((run) => run.replaying);
  switch (asked?.status) {
    case "waiting":
      return (
        <p role="status">
          {replaying === null
            ? props.waits
            : `On the way to step ${step} again: ${replaying.done} of ${format.plural(replaying.total, "step")}.`}
        </p>
      );
    case "found":
      return props.children(asked.answer);
    case "failed":
    case undefined:
      return (
        <>
          {asked && <p role="alert">{asked.why}</p>}
          <Button shape="small" onPress={props.onAsk} disabledBecause={refusal}>
            {props.asks}
          </Button>
          {refusal !== null && <span className="anatomy-why"> {refusal}</span>}
        </>
      );
    default:
      return asked satisfies never;
  }
}
