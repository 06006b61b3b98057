import { otherLevel } from "../../config/types.ts";
import type { StepRecord } from "../../record/record.ts";
import { algorithm } from "../../store/run/arms.ts";
import { askOtherLevel } from "../../store/run/actions.ts";
import { canAskOtherLevel } from "../../store/run/readiness.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { useCounterfactual } from "./use-counterfactual.ts";

interface OtherLevelButtonProps {
  record: StepRecord;
  open: boolean;
  onOpen(open: boolean): void;
}

/** Beside the figures: asks at once what the other level would have done, and opens the answer's place. */
export function OtherLevelButton({ record, open, onOpen }: OtherLevelButtonProps) {
  const refusal = useRun(canAskOtherLevel);
  const known = useCounterfactual(record) !== null;
  const other = algorithm(otherLevel(record.level));
  const press = (): void => {
    onOpen(!open);
    if (!open && !known && refusal === null) askOtherLevel(record.arm, record.step);
  };
  const asks = `What would ${other} do`;
  return (
    <span
      title={`${asks} with this batch? The angle between the two gradients, their norms, and what each does to log π.`}
    >
      <Button shape="small" label={`${asks} with this batch?`} expanded={open} onPress={press}>
        <span className="other-level-long">{asks}?</span>
        <span className="other-level-short">And {other}?</span>
      </Button>
    </span>
  );
}
