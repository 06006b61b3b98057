import { useDeferredValue, useMemo } from "react";
import { lossReason } from "../../analysis/loss-reason.ts";
import { useScreen } from "../../store/screen/screen.ts";

/** Why the loss of the step on screen is what it is: mostly near 0, and why that is no bad sign. */
export function LossReason() {
  const { record } = useScreen();
  const shown = useDeferredValue(record);
  const reason = useMemo(() => (shown === null ? null : lossReason(shown)), [shown]);
  if (shown === null || reason === null) return null;
  return (
    <p className="loss-reason">
      Step {shown.step}, {shown.arm} arm. {reason.text}
    </p>
  );
}
