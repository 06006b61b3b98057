import { useId, useState, type KeyboardEvent } from "react";
import type { Field, FieldValue } from "../../config/field.ts";
import { lossTypes } from "../../config/types.ts";
import { LOSS_WORDS } from "../../glossary/glossary.ts";
import { formatValue, parseField } from "../../config/parse-field.ts";
import { redoEdit, undoEdit } from "../../store/changes/undo.ts";
import { isUndo } from "../controls/is-undo.ts";
import { Picker } from "../controls/Picker.tsx";
import { Switch } from "../controls/Switch.tsx";

interface FieldControlProps {
  field: Field;
  label: string;
  /** What the control shows: the value in force, or one that waits for a reset. */
  value: FieldValue;
  inForce: FieldValue;
  /** Takes the value, or says why not. */
  onCommit(value: FieldValue): string | null;
  describedBy: string;
}

/** The control that fits a field's type. What it refuses, it says, with the value still in force. */
export function FieldControl(props: FieldControlProps) {
  const { field, label, value, inForce, onCommit, describedBy } = props;
  const problemId = useId();
  const [problem, setProblem] = useState<string | null>(null);
  const commit = (next: FieldValue): boolean => {
    const why = onCommit(next);
    setProblem(why === null ? null : `${why} Running with ${formatValue(inForce)}.`);
    return why === null;
  };
  const problemLine =
    problem === null ? null : (
      <p className="field-problem" id={problemId} role="alert">
        {problem}
      </p>
    );

  if (field.type.kind === "bool" && !field.type.nullable) {
    return (
      <>
        <Switch label={label} selected={value === true} onChange={commit} />
        {problemLine}
      </>
    );
  }
  if (field.type.kind === "enum" || field.type.kind === "bool") {
    const values = field.type.kind === "enum" ? field.type.values : ["true", "false"];
    const names = field.type.nullable ? ["none", ...values] : values;
    const meant = (name: string): FieldValue => {
      if (field.type.nullable && name === "none") return null;
      return field.type.kind === "bool" ? name === "true" : name;
    };
    return (
      <>
        <Picker
          label={label}
          mono
          choices={names.map((name) => ({ id: name, text: name, ...helpOf(field.name, name) }))}
          selected={formatValue(value)}
          onSelect={(name) => commit(meant(name))}
          describedBy={problem === null ? describedBy : `${problemId} ${describedBy}`}
        />
        {problemLine}
      </>
    );
  }
  return (
    <>
      <TypedInput
        field={field}
        label={label}
        value={value}
        inForce={inForce}
        refused={problem !== null}
        onRefuse={setProblem}
        onCommit={commit}
        describedBy={problem === null ? describedBy : `${problemId} ${describedBy}`}
      />
      {problemLine}
    </>
  );
}

/** What a choice means, where its name does not say it. */
function helpOf(field: string, name: string): { help?: string } {
  const found = lossTypes.find((each) => field === "loss_type" && each === name);
  return found === undefined ? {} : { help: LOSS_WORDS[found] };
}

interface TypedInputProps {
  field: Field;
  label: string;
  value: FieldValue;
  inForce: FieldValue;
  refused: boolean;
  onRefuse(problem: string | null): void;
  onCommit(value: FieldValue): boolean;
  describedBy: string;
}

/** Numbers, lists and texts are typed, `1e-3` and `none` included; Enter or leaving commits. */
function TypedInput(props: TypedInputProps) {
  const { field, label, value, inForce, refused, onRefuse, onCommit, describedBy } = props;
  const [draft, setDraft] = useState<string | null>(null);

  const forget = (): void => {
    setDraft(null);
    onRefuse(null);
  };
  const commit = (text: string): void => {
    if (text.trim() === formatValue(value)) return forget();
    const parsed = parseField(field.name, text, inForce);
    if ("error" in parsed) return onRefuse(parsed.error);
    if (onCommit(parsed.value)) setDraft(null);
  };
  const nudge = (by: number): void => {
    if (field.type.kind !== "int") return;
    const now = Number(draft ?? formatValue(value));
    const { min, max } = field.type;
    if (Number.isInteger(now)) setDraft(String(Math.max(min, Math.min(max, now + by))));
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    // What is being typed has the browser's own undo.
    if (draft === null && isUndo(event)) {
      if (event.shiftKey) redoEdit();
      else undoEdit();
      event.preventDefault();
      return;
    }
    const step = new Map([
      ["ArrowUp", 1],
      ["ArrowDown", -1],
    ]).get(event.key);
    if (event.key === "Enter") commit(event.currentTarget.value);
    else if (event.key === "Escape" && draft !== null) forget();
    else if (step !== undefined && field.type.kind === "int") nudge(step);
    else return;
    event.preventDefault();
  };

  return (
    <input
      className="field-input"
      type="text"
      aria-label={label}
      aria-invalid={refused}
      aria-describedby={describedBy}
      value={draft ?? formatValue(value)}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={(event) => commit(event.target.value)}
      onKeyDown={press}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
