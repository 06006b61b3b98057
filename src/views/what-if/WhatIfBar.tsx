import type { StepRecord } from "../../record/record.ts";
import * as format from "../../analysis/format.ts";
import type { Band } from "../../analysis/epsilon.ts";
import { Button } from "../controls/Button.tsx";
import { useCovered } from "../../store/lesson/asked.ts";
import { Segmented } from "../controls/Segmented.tsx";
import { rowName, type Selection } from "../../analysis/selection.ts";
import {
  type Batch,
  closeWhatIf,
  editBand,
  editLogRatio,
  editReward,
  openExample,
  resetEdits,
} from "../../store/screen/what-if.ts";
import "./what-if.css";

/** The bands of the worked example: TRL's default, and the GSPO paper's. */
const BANDS: readonly { id: string; label: string; band: Band | null }[] = [
  { id: "default", label: "ε 0.2", band: null },
  { id: "paper", label: "ε 3e−4 / 4e−4", band: { low: 3e-4, high: 4e-4 } },
];

/** Over the figures while their batch may be edited: nobody takes it for a measured one. */
export function WhatIfBar({ batch, pinned }: { batch: Batch; pinned: Selection | null }) {
  const { sandbox, record } = batch;
  // A lesson asks what its words would tell.
  const covered = useCovered();
  if (sandbox === null) return null;
  const { example, changed, edits, lessonBand } = sandbox;
  const words = changed
    ? "Edited, not measured"
    : lessonBand !== null
      ? `Worked example, not measured; the lesson set ε to ${format.band(lessonBand.low, lessonBand.high)}`
      : example
        ? "Worked example, not measured"
        : "What if: nothing edited yet";
  if (covered) {
    return (
      <section className="what-if" aria-label="What if" data-changed={changed || undefined}>
        <b role="status">{words}</b>
      </section>
    );
  }
  const band = BANDS.find(
    (each) => each.band?.low === edits.band?.low && each.band?.high === edits.band?.high,
  );
  return (
    <section className="what-if" aria-label="What if" data-changed={changed || undefined}>
      <b role="status">{words}</b>
      <p>
        {example
          ? "Four completions: one hot token; one low ratio that no clip touches; a drift in step; two moves that cancel."
          : `A copy of step ${record.step}, k = ${record.innerStep}, ${record.arm} arm.`}{" "}
        Drag a cell up or down for its log-ratio (or + and −), a row's margin for its reward.
      </p>
      <EditPinned record={record} pinned={pinned} />
      {example && (
        <Segmented
          label="Clip band of the example"
          segments={BANDS}
          selected={band?.id ?? null}
          onSelect={(id) => editBand(BANDS.find((each) => each.id === id)?.band ?? null)}
        />
      )}
      {!example && (
        <Button shape="small" onPress={openExample}>
          Worked example
        </Button>
      )}
      <Button
        shape="small"
        onPress={resetEdits}
        disabledBecause={changed ? null : "Nothing is edited."}
      >
        Reset edits
      </Button>
      <Button shape="small" onPress={closeWhatIf}>
        Close
      </Button>
    </section>
  );
}

/** The same edits from the keyboard, for the pinned cell; their place is kept while there is none. */
function EditPinned({ record, pinned }: { record: StepRecord; pinned: Selection | null }) {
  const there = pinned !== null && pinned.row < record.rows;
  const { row, token } = there ? pinned : { row: 0, token: 0 };
  const logRatio = record.logRatio[row * record.columns + token] ?? 0;
  return (
    <span className="what-if-edits" inert={!there} data-empty={!there || undefined}>
      <Edit
        label={`log r, token ${token + 1}`}
        value={logRatio}
        onChange={(value) => editLogRatio({ row, token }, value)}
      />
      <Edit
        label={`reward, row ${rowName(row)}`}
        value={record.reward[row]!}
        onChange={(value) => editReward(row, value)}
      />
    </span>
  );
}

interface EditProps {
  label: string;
  value: number;
  onChange(value: number): void;
}

const Edit = ({ label, value, onChange }: EditProps) => (
  <label className="what-if-edit">
    {label}
    <input
      type="number"
      className="num"
      step={0.01}
      value={Number(value.toFixed(4))}
      onChange={({ currentTarget: { valueAsNumber } }) => {
        if (Number.isFinite(valueAsNumber)) onChange(valueAsNumber);
      }}
    />
  </label>
);
