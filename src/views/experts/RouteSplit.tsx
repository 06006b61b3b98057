import type { RoutedRecord } from "../../analysis/flips.ts";
import { logRatiosByRoute, type LogRatios } from "../../analysis/routes.ts";
import * as format from "../../analysis/format.ts";
import { useRun } from "../../store/run/run-store.ts";
import { TokenSplits } from "./TokenSplits.tsx";

interface RouteSplitProps {
  record: RoutedRecord;
  row: number;
  vocabulary: readonly string[];
}

/** What tokens with the same and with other experts add to the log of a row's product of ratios. */
export function RouteSplit({ record, row, vocabulary }: RouteSplitProps) {
  const { arm, innerStep, logp } = record;
  // A batch that was made up is no step of the run; at k = 0 every log-ratio is 0.
  const isStep = useRun(({ kept }) => kept.some(({ records }) => records[arm]?.logp === logp));
  const { same, other } = logRatiosByRoute(record, row);
  if (same.tokens + other.tokens === 0) return null;
  return (
    <div className="anatomy-routes">
      <p>
        log Π <i>r</i> = <b>{format.signed(same.sum + other.sum, 4).trim()}</b>
        {other.tokens === 0 ? (
          ": every token goes through the same experts as in the rollout."
        ) : same.tokens === 0 ? (
          ": every token goes through other experts than in the rollout."
        ) : (
          <>
            : <Part of={same} experts="the same experts" /> and{" "}
            <Part of={other} experts="other experts" /> than in the rollout.
          </>
        )}
      </p>
      {isStep && innerStep > 0 && <TokenSplits record={record} row={row} vocabulary={vocabulary} />}
    </div>
  );
}

const Part = ({ of, experts }: { of: LogRatios; experts: string }) => (
  <>
    <b>{format.signed(of.sum, 4).trim()}</b> from {format.plural(of.tokens, "token")} with {experts}
  </>
);
