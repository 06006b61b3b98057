import type { ArmOutcome } from "../../analysis/run-outcome.ts";
import { fixed } from "../../analysis/format.ts";
import type { RunConfig } from "../../config/types.ts";
import { armMarkers } from "../../store/run/arms.ts";
import { ArmMark } from "../controls/ArmMark.tsx";

interface ArmNumbersProps {
  run: RunConfig;
  /** Undefined: not read yet. */
  arms: readonly ArmOutcome[] | undefined;
  of: "reward" | "clipped";
  /** They are means over seeds. */
  mean?: boolean;
}

/** Arms that have a number each; of more the least and the greatest stand in a line. */
const EACH = 2;

/** What a run's arms have come to, in one line. */
export function ArmNumbers({ run, arms, of, mean = false }: ArmNumbersProps) {
  if (arms === undefined) return <span aria-busy="true" />;
  const markers = armMarkers(run);
  const known = arms.filter((arm) => !Number.isNaN(arm[of]));
  if (known.length === 0) return <span title="Not logged">–</span>;
  const title = `${mean ? "Mean over seeds. " : ""}${known
    .map((arm) => `${arm.arm}: ${written(arm[of], of)}`)
    .join(", ")}`;
  if (known.length > EACH) {
    const values = known.map((arm) => arm[of]);
    return (
      <span className="num" title={title}>
        {written(Math.min(...values), of)} to {written(Math.max(...values), of)}
      </span>
    );
  }
  return (
    <span className="runs-arms num" title={title}>
      {known.map((arm) => (
        <span key={arm.arm}>
          <ArmMark marker={markers[arm.arm] ?? "square"} />
          <span className="visually-hidden">{arm.arm} </span>
          {written(arm[of], of)}
        </span>
      ))}
    </span>
  );
}

const written = (value: number, of: "reward" | "clipped"): string =>
  of === "reward" ? fixed(value, 3) : fixed(100 * value, 1);
