import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Patch } from "../../config/finding.ts";
import { allRemedies, withRemedies } from "../../config/python/remedies.ts";
import { readPaste, type Paste } from "../../config/python/paste.ts";
import { findings } from "../../config/findings/findings.ts";
import type { RunConfig } from "../../config/types.ts";
import { closeExchange } from "../../store/exchange.ts";
import { useRun } from "../../store/session.ts";
import { loadAsEdit } from "../../store/undo.ts";
import { Button } from "../controls/Button.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { plural } from "../format.ts";
import { ImportFiles } from "./ImportFiles.tsx";
import { ImportFindings } from "./ImportFindings.tsx";
import { ImportTally } from "./ImportTally.tsx";
import { PastedLines } from "./PastedLines.tsx";

const EXAMPLE = `training_args = GRPOConfig(
    learning_rate = 5e-6,
    epsilon = 3e-4,
    importance_sampling_level = "sequence",
)`;

const DEFAULTS: readonly { id: Paste["defaults"]; label: string }[] = [
  { id: "trl", label: "TRL" },
  { id: "unsloth", label: "Unsloth" },
];

/** Paste a configuration, see what becomes of every line, repair it, load it. */
export function ImportPanel() {
  const base = useRun((state) => state.run);
  const [text, setText] = useState("");
  const [editing, setEditing] = useState(true);
  const [defaults, setDefaults] = useState<Paste["defaults"] | null>(null);
  const [remedies, setRemedies] = useState<readonly Patch[]>([]);
  const read = useDeferredValue(text);
  const result = useMemo(
    () => (base === null || read.trim() === "" ? null : readPaste(read, { base, defaults })),
    [base, read, defaults],
  );
  const paste = result !== null && !("problem" in result) ? result : null;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), [editing]);

  const change = (next: string): void => {
    setText(next);
    setRemedies([]);
  };
  return (
    <section className="card exchange" aria-labelledby="import-title">
      <div className="exchange-head">
        <h2 id="import-title">Import a configuration</h2>
        <p>
          Paste a <code>GRPOConfig(…)</code>, a script that holds one, a dict, YAML or JSON. It is
          read and never run, and nothing leaves this page.
        </p>
        <Button kind="ghost" onPress={closeExchange}>
          Cancel
        </Button>
      </div>
      <ImportFiles />
      <div className="exchange-columns">
        <div className="exchange-source">
          {editing || paste === null ? (
            <textarea
              ref={field}
              aria-label="Configuration"
              value={text}
              onChange={(event) => change(event.target.value)}
              onPaste={() => setEditing(false)}
              placeholder={EXAMPLE}
              spellCheck={false}
              autoComplete="off"
              wrap="off"
            />
          ) : (
            <PastedLines text={read} paste={paste} />
          )}
          {paste === null ? null : (
            <Button shape="small" onPress={() => setEditing(!editing)}>
              {editing ? "Show line by line" : "Edit the text"}
            </Button>
          )}
        </div>
        <div className="exchange-report">
          {result === null ? (
            <p className="quiet">What becomes of each line will stand here.</p>
          ) : paste === null ? (
            <p className="finding error" role="status">
              {"problem" in result ? result.problem : ""}
            </p>
          ) : (
            <>
              <ImportTally paste={paste} />
              <div className="exchange-defaults">
                Fields left out have the defaults of
                <Segmented
                  label="Defaults of fields that are left out"
                  segments={DEFAULTS}
                  selected={paste.defaults}
                  onSelect={(id) => setDefaults(id)}
                />
              </div>
              <LoadButtons paste={paste} remedies={remedies} />
              <ImportFindings paste={paste} remedies={remedies} onRemedies={setRemedies} />
            </>
          )}
        </div>
      </div>
    </section>
  );
}

function LoadButtons({ paste, remedies }: { paste: Paste; remedies: readonly Patch[] }) {
  const run = useMemo(() => withRemedies(paste.run, remedies), [paste, remedies]);
  const rest = useMemo(
    () => allRemedies(run, remedies.length === 0 ? paste.settled : []),
    [run, remedies, paste],
  );
  const problem = findings(run).find(({ severity }) => severity === "error");
  const count = paste.settled.filter(
    ({ line, outcome }) => line !== null && outcome !== "unknown" && outcome !== "refused",
  ).length;
  return (
    <div className="actions">
      <Button
        kind="primary"
        onPress={() => start(run)}
        disabledBecause={problem === undefined ? null : `${problem.message} ${problem.remedy}`}
      >
        Load {plural(count, "setting")}
      </Button>
      {rest.length === 0 ? null : (
        <Button onPress={() => start(withRemedies(run, rest))}>
          Load with{" "}
          {rest.length === 1
            ? "the remedy"
            : rest.length === 2
              ? "both remedies"
              : `all ${rest.length} remedies`}
        </Button>
      )}
      <span className="quiet">
        Task, policy and data stay the page&rsquo;s: {run.task}, {run.policy.layers} layers.
      </span>
    </div>
  );
}

function start(run: RunConfig): void {
  loadAsEdit(run);
  closeExchange();
}
