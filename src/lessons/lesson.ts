import type { Band } from "../analysis/epsilon.ts";
import type { GroupChoice } from "../analysis/rows.ts";
import type { Stage } from "../analysis/stage.ts";
import type { LinesPanel } from "../experiments/experiment.ts";
import type { ExperimentResult } from "../experiments/result.ts";
import type { RetainedStep } from "../record/retained-records.ts";
import type { LessonId } from "./ids.ts";

/** A run that lessons take their batches from. */
export interface Material {
  /** Steps with their records, oldest first. */
  retained: readonly RetainedStep[];
  /** Every step's metrics, by arm. */
  history: readonly Point[];
  /** Longer runs of the same task, with several seeds: the recorded experiment of that name. */
  clipsMore: Pick<ExperimentResult, "steps" | "outcomes">;
  /** Rows of many lengths, with several seeds: the recorded experiment of that name. */
  spreadOfS: Pick<ExperimentResult, "outcomes">;
}

/** What one optimizer step measured. */
export interface Point {
  step: number;
  innerStep: number;
  metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A question with its answer, what is on screen before and after, and why. */
export interface Scene {
  /** What the question needs to be understood: a few sentences. */
  say: string;
  question: Question;
  /** While the question is open; nothing here gives the answer away. */
  asked: View;
  /** With the answer. */
  revealed: View;
  /** A few sentences at most, with the numbers of this batch. */
  why: string;
  table?: Table;
  /** With the answer: what more runs than the one on screen say. */
  picture?: Picture;
}

export interface Picture {
  panel: LinesPanel;
  /** What it is of. */
  of: string;
}

/** What a reader predicts. The right answer is computed from the batch, never written down. */
export type Question = { ask: string } & (
  | { kind: "choose"; options: readonly string[]; right: number }
  /** Tokens of the rows, by `cellKey`. */
  | { kind: "cells"; rows: readonly number[]; right: readonly string[] }
  | { kind: "rows"; rows: readonly number[]; right: readonly number[] }
  /** A ratio on a logarithmic axis. */
  | {
      kind: "place";
      /** The row's own ratio, or what it would be as a product. */
      of: "s" | "product";
      /** The axis reaches from exp(−reach) to exp(reach). */
      reach: number;
      /** What is known: a ratio and its name. */
      marks: readonly { ratio: number; name: string }[];
      right: number;
      /** A log-ratio so far from the right one is still right. */
      within: number;
    }
);

/** An option's index, keys of cells, rows, a ratio. */
export type Answer = number | readonly string[] | readonly number[];

/** A state of the page that a lesson sets. */
export interface View {
  batch:
    | { kind: "example"; band: Band | null }
    | { kind: "recorded"; step: number; arm: string; group: GroupChoice };
  stage: Stage;
  /** The row that is taken apart below the figures; null: none is chosen. */
  row: number | null;
  /** Its token that is outlined; absent: the first. */
  token?: number;
  /** What is spoken of: it is lit and scrolled into view. */
  lights: Part;
}

/** Parts of the page that a lesson speaks of. */
export type Part = "figures" | "row" | "distributions" | "charts" | "verdict";

export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

export interface Lesson {
  id: LessonId;
  title: string;
  /** Where its first batch is from. */
  batch: "example" | "recorded";
  /** Its scenes on the batches of this run; none where the run has no batch that shows it. */
  scenes(material: Material): readonly Scene[];
  /** One thing to try at the end; the view to try it on. */
  tryThis(material: Material): Try;
}

export interface Try {
  say: string;
  /** The button's label. */
  label: string;
  view: View;
}
