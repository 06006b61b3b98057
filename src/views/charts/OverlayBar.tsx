import { BANDS } from "../../store/charts/band.ts";
import { setBand, useChartView } from "../../store/charts/chart-view.ts";
import { emphasise, overlay, useOverlaidRuns } from "../../store/library/overlays.ts";
import { runColour } from "../../store/library/run-colours.ts";
import { useRuns } from "../../store/library/runs.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { groupBy } from "../../base/group-by.ts";
import { RunMark } from "../controls/RunMark.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { CloseIcon } from "../shell/icons.tsx";

const BAND_TEXT = { range: "min to max", sd: "± 1 sd" };

/** The stored runs that are on the charts, by their marks; seeds of one experiment are one. */
export function OverlayBar() {
  const runs = useRuns((state) => state.runs);
  const band = useChartView((view) => view.band);
  const drawn = useOverlaidRuns();
  if (drawn.length === 0) return null;
  const bundles = [...groupBy(drawn, (run) => run.seedGroup ?? run).values()];
  const means = bundles.some((members) => members.length > 1);
  return (
    <div className="overlay-bar" role="group" aria-label="Stored runs on the charts">
      {bundles.map((members) => (
        <OverlayChip key={members[0]!.id} runs={runs} members={members} />
      ))}
      {means ? (
        <Segmented
          label="What the band spans"
          segments={BANDS.map((id) => ({ id, label: BAND_TEXT[id] }))}
          selected={band}
          onSelect={setBand}
        />
      ) : null}
    </div>
  );
}

interface OverlayChipProps {
  runs: readonly StoredRun[];
  members: readonly StoredRun[];
}

function OverlayChip({ runs, members }: OverlayChipProps) {
  // The oldest member lends the group its colour, as on the charts.
  const first = members.at(-1)!;
  const group = members.length > 1 ? first.seedGroup : null;
  const name = group ?? first.name;
  return (
    <span
      className="overlay-chip"
      onPointerEnter={() => emphasise(first.id)}
      onPointerLeave={() => emphasise(null)}
    >
      <RunMark colour={runColour(runs, first)} />
      <span className="overlay-chip-name">{name}</span>
      {group === null ? null : <small>mean of {members.length} seeds</small>}
      <button
        type="button"
        aria-label={`Take ${name} off the charts`}
        onClick={() =>
          void overlay(
            members.map(({ id }) => id),
            false,
          )
        }
      >
        <CloseIcon />
      </button>
    </span>
  );
}
