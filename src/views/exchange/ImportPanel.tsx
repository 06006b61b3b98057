import { sentenceOf } from "../../base/user-error.ts";
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Patch } from "../../config/finding.ts";
import { patchText } from "../../config/patch-text.ts";
import { allRemedies, knownAfter, withRemedies } from "../../config/python/remedies.ts";
import { readAny, type From } from "../../config/frameworks/read-any.ts";
import { isForeign } from "../../config/frameworks/values.ts";
import type { Paste } from "../../config/python/paste.ts";
import type { Outcome } from "../../config/python/settle.ts";
import { findings } from "../../config/findings/findings.ts";
import type { RunConfig } from "../../config/types.ts";
import { closeExchange, openCompare } from "../../store/library/exchange.ts";
import { useRun } from "../../store/run/run-store.ts";
import { loadAsEdit } from "../../store/changes/undo.ts";
import { Button } from "../controls/Button.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { plural } from "../../analysis/format.ts";
import { ForeignReport } from "./ForeignReport.tsx";
import { ImportAsked, type Given } from "./ImportAsked.tsx";
import { ImportFiles } from "./ImportFiles.tsx";
import { ImportFindings } from "./ImportFindings.tsx";
import { ImportFrom } from "./ImportFrom.tsx";
import { ImportLaunch } from "./ImportLaunch.tsx";
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
  const [from, setFrom] = useState<From | null>(null);
  const [given, setGiven] = useState<Given>({});
  const [processes, setProcesses] = useState<number | null>(null);
  const [remedies, setRemedies] = useState<readonly Patch[]>([]);
  const read = useDeferredValue(text);
  const result = useMemo(
    () =>
      base === null || read.trim() === "" ? null : readAny(read, { base, from, processes, given }),
    [base, read, from, processes, given],
  );
  const paste = result !== null && !("problem" in result) ? result : null;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), [editing]);

  const change = (next: string): void => {
    setText(next);
    setFrom(null);
    setGiven({});
    setProcesses(null);
    setRemedies([]);
  };
  return (
    <section className="card exchange" aria-labelledby="import-title">
      <div className="exchange-head">
        <h2 id="import-title">Import a configuration</h2>
        <p>
          Paste a <code>GRPOConfig(…)</code>, a script or a notebook that holds one, a command, a
          dict, YAML, TOML, JSON or a table: TRL&rsquo;s, Unsloth&rsquo;s, verl&rsquo;s,
          ms-swift&rsquo;s, Axolotl&rsquo;s, NeMo RL&rsquo;s, OpenRLHF&rsquo;s, slime&rsquo;s,
          SkyRL&rsquo;s or AReaL&rsquo;s. It is read and never run, and nothing leaves this page.
        </p>
        <Button onPress={() => openCompare(text)}>Compare</Button>
        <Button kind="ghost" onPress={closeExchange}>
          Cancel
        </Button>
      </div>
      <ImportFiles
        onConfiguration={(given) => {
          change(given);
          setEditing(false);
        }}
      />
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
            <PastedLines paste={paste} />
          )}
          {paste === null ? null : (
            <Button shape="small" onPress={() => setEditing(!editing)}>
              {editing ? "Show line by line" : "Edit the text"}
            </Button>
          )}
        </div>
        <div className="exchange-report">
          {paste === null && from === null ? null : (
            <ImportFrom paste={paste} from={from} onFrom={setFrom} />
          )}
          {result === null ? (
            <p className="quiet">What becomes of each line will stand here.</p>
          ) : paste === null ? (
            <p className="finding error" role="status">
              {"problem" in result ? result.problem : ""}
            </p>
          ) : isForeign(paste) ? (
            <>
              <p className="foreign-head" role="status">
                {paste.head}
              </p>
              {Object.keys(paste.foreign.values).length === 0 ? null : (
                <>
                  <ImportLaunch paste={paste} onProcesses={setProcesses} />
                  <LoadButtons paste={paste} remedies={remedies} />
                </>
              )}
              <ImportAsked paste={paste} given={given} onGiven={setGiven} />
              <ForeignReport paste={paste} />
            </>
          ) : (
            <>
              <ImportTally paste={paste} />
              <div className="exchange-defaults">
                Fields left out have the defaults of
                <Segmented
                  label="Defaults of fields that are left out"
                  segments={DEFAULTS}
                  selected={paste.defaults}
                  onSelect={(id) => setFrom(id)}
                />
              </div>
              <ImportAsked paste={paste} given={given} onGiven={setGiven} />
              <ImportLaunch paste={paste} onProcesses={setProcesses} />
              <LoadButtons paste={paste} remedies={remedies} />
              <ImportFindings paste={paste} remedies={remedies} onRemedies={setRemedies} />
            </>
          )}
        </div>
      </div>
    </section>
  );
}

const TAKEN: ReadonlySet<Outcome> = new Set(["applied", "limited", "kept"]);

function LoadButtons({ paste, remedies }: { paste: Paste; remedies: readonly Patch[] }) {
  const { known } = paste;
  const run = useMemo(() => withRemedies(paste.run, remedies), [paste, remedies]);
  const rest = useMemo(
    () => allRemedies(run, remedies.length === 0 ? paste.settled : [], knownAfter(known, remedies)),
    [run, remedies, paste, known],
  );
  const problem = findings(run).find(({ severity }) => severity === "error");
  const count = paste.settled.filter(
    ({ line, outcome }) => line !== null && TAKEN.has(outcome),
  ).length;
  return (
    <div className="actions">
      <Button
        kind="primary"
        onPress={() => start(run)}
        disabledBecause={problem === undefined ? null : sentenceOf(problem)}
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
        {rest.length === 0
          ? null
          : `The ${rest.length === 1 ? "remedy" : "remedies"}: ${rest.map(patchText).join("; ")}. `}
        Task, policy and data stay the page&rsquo;s: {run.task}, {run.policy.layers} layers.
      </span>
    </div>
  );
}

function start(run: RunConfig): void {
  loadAsEdit(run);
  closeExchange();
}
