import { useId, useState } from "react";
import type { Field, FieldValue } from "../../config/field.ts";
import type { RunConfig } from "../../config/types.ts";
import { isChanged } from "../../store/config/config-view.ts";
import {
  commitField,
  pendingProblem,
  presetValue,
  resetField,
} from "../../store/changes/commit-field.ts";
import { useEdits } from "../../store/config/edits.ts";
import { formatValue } from "../../config/parse-field.ts";
import { getField, variesByArm } from "../../config/run-fields.ts";
import { equalValues, sameInAllArms } from "../../store/config/field-values.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useMarkers } from "../../store/screen/shown.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { EffectBadge } from "./EffectBadge.tsx";
import { FieldControl } from "./FieldControl.tsx";
import { fieldWords } from "./field-words.ts";

/** Names of more letters stand above their control. */
const LONG = 19;

/** Arms whose controls lie side by side; from more on each has a line with its name. */
const SIDE_BY_SIDE = 2;

/** One field: its name, a control for every value it has, both defaults, and when it takes effect. */
export function FieldRow({ field, run }: { field: Field; run: RunConfig }) {
  const id = useId();
  const [helped, setHelped] = useState(false);
  const [split, setSplit] = useState(false);
  const edits = useEdits((state) => state.pending);
  const pending = edits[field.name];
  const markers = useMarkers();
  const failure = useRun((state) => state.failure);
  const words = fieldWords.get(field.name);

  const perArm = variesByArm(field) && run.arms.length > 1;
  const two = perArm && (split || !sameInAllArms(run, field.name));
  const arms = two ? run.arms.map(({ name }) => name) : [null];
  const changed = isChanged(run, field) || pending !== undefined;
  const refused = failure?.kind === "config" && failure.fields.includes(field.name);
  const first = run.arms[0]?.name ?? null;
  const problem = pending === undefined ? null : pendingProblem(run, edits, field.name);
  const back = run.arms.some(
    ({ name: arm }) => !equalValues(getField(run, field.name, arm), presetValue(run, field, arm)),
  );

  return (
    <div
      id={`field-${field.name}`}
      className={`field ${two || field.label.length > LONG ? "two" : ""} ${changed ? "changed" : ""}`}
    >
      <div className="field-name">
        <button
          type="button"
          aria-expanded={helped}
          aria-controls={`${id}-help`}
          onClick={() => setHelped(!helped)}
          title={words?.help}
        >
          {field.label === field.name ? <code>{field.label}</code> : field.label}
        </button>
      </div>
      <div className={arms.length > SIDE_BY_SIDE ? "field-controls stacked" : "field-controls"}>
        {arms.map((arm) => (
          <div key={arm ?? ""} className="field-arm">
            {arm === null ? null : <ArmMark marker={markers[arm] ?? "square"} />}
            {arms.length > SIDE_BY_SIDE ? <span className="field-arm-name">{arm}</span> : null}
            <FieldControl
              field={field}
              label={arm === null ? field.label : `${field.label}, ${arm} arm`}
              value={pending ?? getField(run, field.name, arm ?? first)}
              inForce={getField(run, field.name, arm ?? first)}
              onCommit={(value) => commitField(field, arm, value)}
              describedBy={`${id}-meta`}
            />
          </div>
        ))}
      </div>
      <p className="field-meta" id={`${id}-meta`}>
        <span>
          {defaults(field)}
          {back || pending !== undefined ? (
            <button type="button" className="field-reset" onClick={() => resetField(field)}>
              reset
              <span className="visually-hidden">
                {field.label} to the preset&rsquo;s {formatValue(presetValue(run, field, first))}
              </span>
            </button>
          ) : null}
          {perArm && !two ? (
            <button type="button" className="field-split" onClick={() => setSplit(true)}>
              by arm
            </button>
          ) : null}
        </span>
        <EffectBadge effect={field.effect} explained={helped} />
      </p>
      {pending === undefined || field.effect === "export-only" ? null : problem === null ? (
        <p className="field-note">
          Applies at reset; running with{" "}
          <code>{formatValue(getField(run, field.name, first))}</code>.
        </p>
      ) : (
        <p className="field-problem" role="alert">
          {problem} Running with {formatValue(getField(run, field.name, first))}.
        </p>
      )}
      {refused ? (
        <p className="field-problem" role="alert">
          {failure.message} {failure.remedy}
        </p>
      ) : null}
      <p className="field-help" id={`${id}-help`} hidden={!helped}>
        {words?.help} <small>{words?.source}</small>
      </p>
    </div>
  );
}

function defaults({ scope, trlDefault, unslothDefault }: Field): string {
  if (scope === "run" || scope === "policy") return `default ${shortValue(trlDefault)}`;
  const unsloth: FieldValue = unslothDefault === undefined ? trlDefault : unslothDefault;
  return `TRL ${shortValue(trlDefault)} · Unsloth ${shortValue(unsloth)}`;
}

/** 0.000001 as 1e-6: short enough to stand beside another one. */
const shortValue = (value: FieldValue): string =>
  typeof value === "number" && value !== 0 && Math.abs(value) < 1e-3
    ? value.toExponential()
    : formatValue(value);
