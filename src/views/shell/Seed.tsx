import { useState } from "react";
import { formatValue, parseField } from "../../config/parse-field.ts";
import { field } from "../../config/schema.ts";
import { commitField } from "../../store/changes/commit-field.ts";
import { useEdits } from "../../store/config/edits.ts";
import { useRun } from "../../store/run/run-store.ts";

/** The seed of weights, prompts and samples. Another one waits for a reset, as in the panel. */
export function Seed() {
  const seed = useRun((state) => state.run?.grpo.seed ?? null);
  const pending = useEdits((edits) => edits.pending.seed);
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  if (seed === null) return null;

  const commit = (text: string): void => {
    const parsed = parseField("seed", text, seed);
    const why = "error" in parsed ? parsed.error : commitField(field("seed"), null, parsed.value);
    setProblem(why);
    if (why === null) setDraft(null);
  };
  const says =
    problem ?? (pending === undefined ? null : `Applies at reset; running with ${seed}.`);
  return (
    <label className="topbar-seed" title={says ?? "Seed of weights, prompts and samples"}>
      <span>Seed</span>
      <input
        type="text"
        inputMode="numeric"
        aria-label="Seed"
        aria-invalid={problem !== null}
        aria-describedby="seed-says"
        value={draft ?? formatValue(pending ?? seed)}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={(event) => commit(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(event.currentTarget.value);
          if (event.key === "Escape") setDraft(null);
        }}
      />
      <span id="seed-says" className={problem === null ? "topbar-seed-note" : "field-problem"}>
        {problem ?? (pending === undefined ? "" : "at reset")}
      </span>
    </label>
  );
}
