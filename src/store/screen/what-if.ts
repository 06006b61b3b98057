import { createContext, useContext, useDeferredValue, useMemo } from "react";
import { create } from "zustand";
import type { StepRecord } from "../../record/record.ts";
import { type Band, judgedByOwn, type TriedBand } from "../../analysis/epsilon.ts";
import { setHover, setPinned, useView } from "../view/view.ts";
import type { Screen } from "./screen.ts";
import { vocabularyOf } from "../run/vocabulary.ts";
import type { Selection } from "../../analysis/selection.ts";
import { cellKey, type Edits, isEdited, NO_EDITS, whatIf } from "../../analysis/what-if.ts";
import { WORKED_CONFIG, WORKED_VOCABULARY, workedExample } from "../../analysis/worked-example.ts";

/** The batch under the reader's hands; closed while `of` is null. */
interface Sandbox {
  of: StepRecord | null;
  /** Its token texts: the run behind it may become another. */
  vocabulary: readonly string[];
  /** It is the worked example, which no policy ever wrote. */
  example: boolean;
  edits: Edits;
  /** The band that a lesson set, which is no edit of the reader's; null: none. */
  lessonBand: Band | null;
}

const CLOSED: Sandbox = {
  of: null,
  vocabulary: [],
  example: false,
  edits: NO_EDITS,
  lessonBand: null,
};
/** Read by views through `useBatch`. */
export const useWhatIf = create<Sandbox>(() => CLOSED);

/** Takes a measured batch as it is; training goes on behind it. */
export const openWhatIf = ({ record, vocabulary }: Batch): void =>
  useWhatIf.setState({ ...CLOSED, of: record, vocabulary });

/** The built-in four rows. Needs no run, no GPU and no WebGPU. */
export function openExample(): void {
  setHover(null);
  setPinned(null);
  useWhatIf.setState({
    ...CLOSED,
    of: workedExample(WORKED_CONFIG),
    vocabulary: WORKED_VOCABULARY,
    example: true,
  });
}

export function closeWhatIf(): void {
  setHover(null);
  if (useWhatIf.getState().example) setPinned(null);
  useWhatIf.setState(CLOSED);
}

export const resetEdits = (): void =>
  useWhatIf.setState(({ lessonBand }) => ({ edits: { ...NO_EDITS, band: lessonBand } }));

const edit = (change: (edits: Edits) => Partial<Edits>): void =>
  useWhatIf.setState(({ edits }) => ({ edits: { ...edits, ...change(edits) } }));

export const editLogRatio = (at: Selection, logRatio: number): void =>
  edit(({ logRatios }) => ({ logRatios: new Map(logRatios).set(cellKey(at), logRatio) }));
export const editReward = (row: number, reward: number): void =>
  edit(({ rewards }) => ({ rewards: new Map(rewards).set(row, reward) }));
export const editBand = (band: Band | null): void => edit(() => ({ band, otherBand: null }));
/** The band that a lesson asks about; it goes with the lesson. */
export function setLessonBand(band: Band | null): void {
  editBand(band);
  useWhatIf.setState({ lessonBand: band });
}
/** The limits of one level of the batch; null puts both levels' back. */
export const editLevel =
  (record: StepRecord) =>
  (tried: TriedBand | null): void =>
    tried === null
      ? editBand(null)
      : edit(() =>
          judgedByOwn(record, tried.level) ? { band: tried.band } : { otherBand: tried.band },
        );

// Another step or arm was asked for: that one is shown, as it was measured.
useView.subscribe((now, before) => {
  const elsewhere = now.step !== before.step || now.arm !== before.arm;
  if (elsewhere && useWhatIf.getState().of !== null) closeWhatIf();
});

/** What the figures, the equation and the distributions show. */
export interface Batch {
  record: StepRecord;
  vocabulary: readonly string[];
  /** Null: the record is measured. */
  sandbox: {
    example: boolean;
    /** Some number on the page is neither measured nor the example's own. */
    changed: boolean;
    edits: Edits;
    /** The example's ε as a lesson set it, and nobody has changed since; null: it is not so. */
    lessonBand: Band | null;
    /** Keys of edited cells, for their dots. */
    edited: ReadonlySet<string>;
  } | null;
}

/** ScreenProvider fills it. */
export const BatchContext = createContext<Batch | null>(null);

/** The measured record on screen, or what the reader has made of one; null before there is any. */
export const useBatch = (): Batch | null => useContext(BatchContext);

/** The batch of a screen, for ScreenProvider. */
export function useEditedBatch({ record, run }: Screen): Batch | null {
  const sandbox = useWhatIf();
  const drawn = useDeferredValue(sandbox);
  // A cell that is dragged stays quick; another batch is there at once.
  const {
    of,
    vocabulary: kept,
    example,
    edits,
    lessonBand,
  } = drawn.of === sandbox.of ? drawn : sandbox;
  const vocabulary = vocabularyOf(run);
  return useMemo(() => {
    if (of === null) return record && { record, vocabulary, sandbox: null };
    const set = lessonBand !== null && edits.band === lessonBand;
    return {
      record: whatIf(of, edits),
      vocabulary: kept,
      sandbox: {
        example,
        changed: isEdited(set ? { ...edits, band: null } : edits),
        edits,
        lessonBand: set ? lessonBand : null,
        edited: new Set(edits.logRatios.keys()),
      },
    };
  }, [of, kept, example, edits, lessonBand, record, vocabulary]);
}
