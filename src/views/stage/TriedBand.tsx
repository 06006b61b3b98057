import { useMemo } from "react";
import type { StepRecord } from "../../engine/record.ts";
import { change } from "../../store/actions.ts";
import { bandOf, type Band, type ClipCount, wouldClip } from "../../store/epsilon.ts";
import { useRun } from "../../store/session.ts";
import { Button } from "../controls/Button.tsx";
import { percent, setting } from "../format.ts";

interface TriedBandProps {
  record: StepRecord;
  tried: Band | null;
  /** Puts the limits back. */
  onReset(): void;
  /** The batch is edited by hand: there is no arm to take the band. */
  sandbox: boolean;
}

/**
 * What the tried band would clip in this batch at both levels. What its own band clips stands in
 * the distributions' headings already, and is said here to screen readers only.
 */
export function TriedBand({ record, tried, onReset, sandbox }: TriedBandProps) {
  const live = useRun((run) => run.source === "live" && run.run !== null);
  const own = bandOf(record.config);
  const band = tried ?? own;
  const [token, sequence] = useMemo(() => {
    const counted = tried ?? bandOf(record.config);
    return [wouldClip(record, "token", counted), wouldClip(record, "sequence", counted)];
  }, [record, tried]);
  return (
    <p className={tried === null ? "anatomy-try visually-hidden" : "anatomy-try"}>
      <span role="status">
        {tried === null ? "ε" : "Tried ε"} <b>{bandText(band)}</b>{" "}
        {tried === null ? "clips" : "would clip"} GRPO <b>{says(token)}</b>, GSPO{" "}
        <b>{says(sequence)}</b>.
      </span>
      {tried === null ? null : (
        <>
          {live && !sandbox ? (
            <Button
              kind="primary"
              shape="small"
              onPress={() => {
                change(record.arm, {
                  epsilon: tried.low,
                  epsilon_high: tried.high === tried.low ? null : tried.high,
                });
                onReset();
              }}
            >
              Set {record.arm} epsilon {bandText(own)} → {bandText(tried)}
            </Button>
          ) : null}
          <Button shape="small" onPress={onReset}>
            Put back {bandText(own)}
          </Button>
        </>
      )}
    </p>
  );
}

const bandText = ({ low, high }: Band): string =>
  low === high ? setting(low) : `${setting(low)} / ${setting(high)}`;

const says = ({ clipped, total, unit }: ClipCount): string =>
  `${clipped} of ${total} ${unit} (${percent(clipped / Math.max(1, total), 0)})`;
