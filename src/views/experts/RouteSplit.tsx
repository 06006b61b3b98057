import type { RoutedRecord } from "../../analysis/flips.ts";
import { logRatiosByRoute, type LogRatios } from "../../analysis/routes.ts";
import * as format from "../../analysis/format.ts";

/** What tokens with the same and with other experts add to the log of a row's product of ratios. */
export function RouteSplit({ record, row }: { record: RoutedRecord; row: number }) {
  const { same, other } = logRatiosByRoute(record, row);
  if (same.tokens + other.tokens === 0) return null;
  return (
    <p className="anatomy-routes">
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
  );
}

const Part = ({ of, experts }: { of: LogRatios; experts: string }) => (
  <>
    <b>{format.signed(of.sum, 4).trim()}</b> from {format.plural(of.tokens, "token")} with {experts}
  </>
);
