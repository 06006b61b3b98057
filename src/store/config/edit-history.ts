import { create } from "zustand";
import type { FieldValue } from "../../config/field.ts";
import { equalValues } from "./field-values.ts";

/** A field's value in one arm, or in every arm when `arm` is null. */
export interface FieldSet {
  name: string;
  arm: string | null;
  value: FieldValue;
}

/** What one press or one commit changed: it is undone as a whole. */
export interface EditStep {
  before: readonly FieldSet[];
  after: readonly FieldSet[];
}

export interface EditHistory {
  /** Oldest first. */
  done: readonly EditStep[];
  /** Last undone last. */
  undone: readonly EditStep[];
  /** Why the last undo or redo could not be done. */
  problem: string | null;
}

const EMPTY: EditHistory = { done: [], undone: [], problem: null };

/** Steps that are kept. */
const MOST = 100;

export const useEditHistory = create<EditHistory>(() => EMPTY);

/** The step that edits of this very moment go into. */
let open: EditStep | null = null;
let replaying = false;

/**
 * Takes down what an edit took the place of. Edits made without a pause between them are one step;
 * what undone steps there were is gone.
 */
export function recordEdit(before: readonly FieldSet[], after: readonly FieldSet[]): void {
  const same =
    before.length === after.length &&
    before.every(({ value }, i) => equalValues(value, after[i]?.value ?? null));
  if (replaying || same) return;
  const started = open;
  const step: EditStep = {
    before: [...before, ...(started?.before ?? [])],
    after: [...(started?.after ?? []), ...after],
  };
  if (started === null) queueMicrotask(() => (open = null));
  open = step;
  useEditHistory.setState(({ done }) => ({
    done: [...done.filter((each) => each !== started), step].slice(-MOST),
    undone: [],
    problem: null,
  }));
}

/** Runs `apply` without taking down what it edits. */
export function withoutRecording<T>(apply: () => T): T {
  replaying = true;
  try {
    return apply();
  } finally {
    replaying = false;
  }
}

export function forgetHistory(): void {
  open = null;
  useEditHistory.setState(EMPTY, true);
}
