import { ago, plural } from "../../analysis/format.ts";
import type { ArmOutcome } from "../../analysis/run-outcome.ts";
import { mean } from "../../analysis/statistics.ts";
import { groupBy } from "../../base/group-by.ts";
import type { RunColumn } from "../../runs/run-table.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { useOutcomes } from "../../store/library/outcomes.ts";
import { overlay, useOverlays } from "../../store/library/overlays.ts";
import { editRuns, useRuns } from "../../store/library/runs.ts";
import { Button } from "../controls/Button.tsx";
import { ArmNumbers } from "./ArmNumbers.tsx";
import { EditableText } from "./EditableText.tsx";
import { Indent } from "./Indent.tsx";
import { type CellsOf, RunCells } from "./RunCells.tsx";
import { Unfolding } from "./Unfolding.tsx";

interface SeedsRowProps {
  name: string;
  /** Two or more. */
  members: readonly StoredRun[];
  depth: number;
  columns: readonly RunColumn[];
}

/** The seeds of one experiment, their mean in one line; the runs stand below it. */
export function SeedsRow({ name, members, depth, columns }: SeedsRowProps) {
  const on = useOverlays((state) => state.on);
  const readAt = useRuns((state) => state.readAt);
  const id = `seeds ${name}`;
  const open = useRuns((state) => state.expanded === id);
  const outcomes = useOutcomes();
  const ids = members.map((run) => run.id);
  const drawn = ids.filter((each) => on.includes(each)).length;
  const steps = [...new Set(members.map(({ step }) => step))];
  const seeds = seedsText(members);
  const shared = {
    run: members[0]!.run,
    arms: means(members.flatMap((run) => outcomes[run.id]?.arms ?? [])),
    mean: true,
  };
  const cells: CellsOf = {
    name: {
      is: (
        <>
          <Indent depth={depth} />
          <EditableText
            label={`Name of the seed group ${name}`}
            value={name}
            required
            onCommit={(seedGroup) => void editRuns(ids, { seedGroup })}
          />
        </>
      ),
    },
    differs: { is: seeds, title: seeds },
    steps: { is: <span className="num">{steps.length === 1 ? steps[0] : "–"}</span> },
    reward: { is: <ArmNumbers {...shared} of="reward" /> },
    clipped: { is: <ArmNumbers {...shared} of="clipped" /> },
    when: { is: ago(Math.max(...members.map(({ updatedAt }) => updatedAt)), readAt) },
  };
  return (
    <>
      <tr className="run-row seeds">
        <td className="runs-drawn">
          <input
            type="checkbox"
            aria-label={`Draw the mean of ${name} on the charts`}
            checked={drawn === ids.length}
            ref={(box) => {
              if (box !== null) box.indeterminate = drawn > 0 && drawn < ids.length;
            }}
            onChange={({ target }) => void overlay(ids, target.checked)}
          />
        </td>
        <RunCells columns={columns} cells={cells} />
        <Unfolding id={id} name={name} open={open} />
      </tr>
      {open ? (
        <tr className="run-unfolded">
          <td colSpan={columns.length + 2}>
            <p className="stored-facts">{seeds}; numbers in its line are their means.</p>
            <Button shape="small" onPress={() => void editRuns(ids, { seedGroup: null })}>
              Ungroup
            </Button>
          </td>
        </tr>
      ) : null}
    </>
  );
}

const seedsText = (members: readonly StoredRun[]): string => {
  const seeds = members.map(({ run }) => run.grpo.seed).toSorted((a, b) => a - b);
  return `${plural(members.length, "seed")}: ${seeds.join(", ")}`;
};

/** Each arm's mean over the seeds. */
const means = (all: readonly ArmOutcome[]): ArmOutcome[] =>
  [...groupBy(all, ({ arm }) => arm)].map(([arm, each]) => ({
    arm,
    reward: mean(each.map(({ reward }) => reward)),
    clipped: mean(each.map(({ clipped }) => clipped)),
  }));
