import { useMemo } from "react";
import { bandAt, type ClipLevel, type StepRecord } from "../../record/record.ts";
import { change } from "../../store/run/actions.ts";
import {
  bandOf,
  type Band,
  type ClipCount,
  fieldsOf,
  judgedByOwn,
  type TriedBand as Tried,
  withBand,
  wouldClip,
} from "../../analysis/epsilon.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { epsilonAt } from "../../analysis/clip-rule.ts";
import { band as bandWords, percent } from "../../analysis/format.ts";

interface TriedBandProps {
  record: StepRecord;
  tried: Tried | null;
  /** Puts the limits back. */
  onReset(): void;
  /** The batch is edited by hand: there is no arm to take the band. */
  sandbox: boolean;
}

const LEVELS = ["token", "sequence"] as const;

/**
 * What the tried band would clip in this batch, at both levels where they share one. What the
 * record's own bands clip stands in the distributions' headings already, and is said here to screen
 * readers only.
 */
export function TriedBand({ record, tried, onReset, sandbox }: TriedBandProps) {
  const run = useRun((state) => (state.source === "live" ? state.run : null));
  const counts = useMemo(() => {
    const judged = tried === null ? record : withBand(record, tried);
    return LEVELS.map((level) => ({
      level,
      count: wouldClip(record, level, bandOf(bandAt(judged, level))),
    }));
  }, [record, tried]);
  if (tried === null) {
    const [token, sequence] = LEVELS.map((level) => epsilonAt(record, level));
    const [ofTokens, ofRows] = counts;
    return (
      <p className="anatomy-try visually-hidden">
        <span role="status">
          {token} clips GRPO <b>{says(ofTokens!.count)}</b>,{" "}
          {sequence === token ? "" : `${sequence}, clips `}GSPO <b>{says(ofRows!.count)}</b>.
        </span>
      </p>
    );
  }
  // Where no other arm lends a level its ε, both levels follow the arm's own.
  const own = judgedByOwn(record, tried.level);
  const alone = record.otherClip !== undefined;
  const arm = own ? record.arm : record.otherClip!.arm;
  const before = bandOf(bandAt(record, tried.level));
  const shown = alone ? counts.filter(({ level }) => level === tried.level) : counts;
  return (
    <p className="anatomy-try">
      <span role="status">
        Tried ε <b>{bandText(tried.band)}</b>
        {alone ? ` of the ${arm} arm` : ""} would clip{" "}
        {shown.map(({ level, count }, i) => (
          <span key={level}>
            {i > 0 ? ", " : ""}
            {NAMES[level]} <b>{says(count)}</b>
          </span>
        ))}
        .
      </span>
      {!sandbox && run?.arms.some(({ name }) => name === arm) ? (
        <Button
          kind="primary"
          shape="small"
          onPress={() => {
            change(arm, fieldsOf(tried.band));
            onReset();
          }}
        >
          Set {arm} epsilon {bandText(before)} → {bandText(tried.band)}
        </Button>
      ) : null}
      <Button shape="small" onPress={onReset}>
        Put back {bandText(before)}
      </Button>
    </p>
  );
}

const NAMES: Readonly<Record<ClipLevel, string>> = { token: "GRPO", sequence: "GSPO" };

const bandText = ({ low, high }: Band): string => bandWords(low, high);

const says = ({ clipped, total, unit }: ClipCount): string =>
  `${clipped} of ${total} ${unit} (${percent(clipped / Math.max(1, total), 0)})`;
