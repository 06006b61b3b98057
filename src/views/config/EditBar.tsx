import type { RunConfig } from "../../config/types.ts";
import { useEditHistory } from "../../store/config/edit-history.ts";
import { useEdits, withPending } from "../../store/config/edits.ts";
import {
  presetOfOtherArms,
  redoEdit,
  resetAll,
  stepText,
  undoEdit,
  unlikePreset,
} from "../../store/changes/undo.ts";
import { Button } from "../controls/Button.tsx";
import { plural } from "../../analysis/format.ts";

/** Undo, redo, and back to the preset. */
export function EditBar({ run }: { run: RunConfig }) {
  const { done, undone, problem } = useEditHistory();
  const pending = useEdits((edits) => edits.pending);
  const last = done.at(-1);
  const next = undone.at(-1);
  const chosen = withPending(run, pending);
  const count = unlikePreset(chosen).length;
  const otherArms = presetOfOtherArms(chosen) !== null;
  return (
    <div className="config-edits">
      <Button
        shape="small"
        label={last === undefined ? "Undo" : `Undo: back to ${stepText(last.before)}`}
        disabledBecause={last === undefined ? "Nothing was changed." : null}
        onPress={undoEdit}
      >
        Undo
      </Button>
      <Button
        shape="small"
        label={next === undefined ? "Redo" : `Redo: ${stepText(next.after)}`}
        disabledBecause={next === undefined ? "Nothing was undone." : null}
        onPress={redoEdit}
      >
        Redo
      </Button>
      <Button
        kind="ghost"
        shape="small"
        label={
          otherArms
            ? "Load the preset again, with its arms"
            : `Reset ${plural(count, "field")} to the preset`
        }
        disabledBecause={count === 0 && !otherArms ? "Every field is the preset's." : null}
        onPress={resetAll}
      >
        To preset <span className="num">{count}</span>
      </Button>
      {problem === null ? null : (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
