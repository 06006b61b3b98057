import type { ReactNode } from "react";
import { hasRoutes } from "../../analysis/flips.ts";
import type { StepRecord } from "../../record/record.ts";

/** From here on a row's or a token's number may need a line more. */
const LONG = 100;

/** Below the figures: the place of a cell's numbers, kept for them, so that they cover and move nothing. */
export function TipDock({ record, children }: { record: StepRecord; children: ReactNode }) {
  const long = record.rows >= LONG || record.columns >= LONG;
  return (
    <div
      className="twin-dock"
      data-long={long || undefined}
      data-routed={hasRoutes(record) || undefined}
    >
      {children}
    </div>
  );
}
