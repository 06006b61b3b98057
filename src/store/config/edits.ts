import { create } from "zustand";
import type { FieldValue } from "../../config/field.ts";
import { setField } from "../../config/run-fields.ts";
import { field } from "../../config/schema.ts";
import type { RunConfig } from "../../config/types.ts";
import { recordEdit } from "./edit-history.ts";
import { equalValues, firstValue } from "./field-values.ts";

/** Values that wait for a reset, by field name: they need other buffers, weights or data. */
export interface Edits {
  pending: Readonly<Record<string, FieldValue>>;
}

export const useEdits = create<Edits>(() => ({ pending: {} }));

/** The run that a reset would start. */
export const withPending = (run: RunConfig, pending: Edits["pending"]): RunConfig =>
  Object.entries(pending).reduce((next, [name, value]) => setField(next, name, value), run);

/** Puts a value in the queue for the next reset; the value in force takes it out again. */
export function edit(run: RunConfig, name: string, value: FieldValue): void {
  const { pending: queued } = useEdits.getState();
  const now = Object.hasOwn(queued, name) ? (queued[name] ?? null) : firstValue(run, name);
  recordEdit([{ name, arm: null, value: now }], [{ name, arm: null, value }]);
  useEdits.setState(({ pending }) => {
    const { [name]: _, ...others } = pending;
    return equalValues(firstValue(run, name), value)
      ? { pending: others }
      : { pending: { ...others, [name]: value } };
  });
}

export const forgetEdits = (): void => useEdits.setState({ pending: {} });

/** Takes every value out of the queue: the values in force stay. */
export function discardEdits(run: RunConfig): void {
  for (const name of Object.keys(useEdits.getState().pending)) {
    edit(run, name, firstValue(run, name));
  }
}

/** How many values wait for a reset; fields that only the export knows wait for nothing. */
export const pendingCount = ({ pending }: Edits): number =>
  Object.keys(pending).filter((name) => field(name).effect !== "export-only").length;
