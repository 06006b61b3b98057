import { findings } from "../../config/findings/findings.ts";
import type { Finding, Patch } from "../../config/finding.ts";
import { patchText } from "../../config/patch-text.ts";
import { knownAfter, withRemedies } from "../../config/python/remedies.ts";
import type { Paste } from "../../config/python/paste.ts";
import type { Outcome, Settled } from "../../config/python/settle.ts";
import { Button } from "../controls/Button.tsx";

interface ImportFindingsProps {
  paste: Paste;
  remedies: readonly Patch[];
  onRemedies(remedies: readonly Patch[]): void;
}

/** Outcomes that are said beside their line. */
const SAID: ReadonlySet<Outcome> = new Set(["unknown", "refused", "unread"]);

const TONE = { error: "error", warning: "", note: "info" } as const;

/** What the pasted configuration will do, and which of its lines could not be used. */
export function ImportFindings({ paste, remedies, onRemedies }: ImportFindingsProps) {
  const add = (patch: Patch) => onRemedies([...remedies, patch]);
  const done = (patch: Patch) => remedies.some((each) => patchText(each) === patchText(patch));
  const lines = paste.settled.filter(
    ({ outcome, line }) => SAID.has(outcome) || (line === null && outcome === "limited"),
  );
  return (
    <div className="exchange-findings">
      {remedies.map((remedy, index) => (
        <p key={`${index} ${patchText(remedy)}`} className="finding ok done">
          {patchText(remedy)}: done.
          <Button
            kind="ghost"
            shape="small"
            label={`Undo: ${patchText(remedy)}`}
            onPress={() => onRemedies(remedies.filter((_, i) => i !== index))}
          >
            Undo
          </Button>
        </p>
      ))}
      {findings(withRemedies(paste.run, remedies), knownAfter(paste.known, remedies)).map(
        (finding, index) => (
          <Found
            key={`${finding.id} ${finding.arm ?? ""}`}
            number={index + 1}
            finding={finding}
            onRemedy={add}
          />
        ),
      )}
      {lines
        .filter(({ patch }) => patch === null || !done(patch))
        .map((setting) => (
          <Line key={setting.name} setting={setting} onRemedy={add} />
        ))}
      {paste.notes.map((note) => (
        <p key={note} className="finding info">
          {note}
        </p>
      ))}
    </div>
  );
}

interface FoundProps {
  number: number;
  finding: Finding;
  onRemedy(patch: Patch): void;
}

function Found({ number, finding, onRemedy }: FoundProps) {
  const { severity, message, reason, remedy, patch } = finding;
  return (
    <section className={`finding ${TONE[severity]}`}>
      <b>
        {number}. {message}
      </b>
      <p>
        {reason} {remedy}
      </p>
      {patch === null ? null : (
        <div className="actions">
          <Button shape="small wraps" onPress={() => onRemedy(patch)}>
            {patchText(patch)}
          </Button>
        </div>
      )}
    </section>
  );
}

function Line({ setting, onRemedy }: { setting: Settled; onRemedy(patch: Patch): void }) {
  const { outcome, note, name, patch } = setting;
  return (
    <section
      className={`finding ${outcome === "limited" ? "info" : outcome === "unread" ? "" : "error"}`}
    >
      <p>
        {outcome === "limited" ? `${name}: ` : null}
        {note}
      </p>
      {patch === null ? null : (
        <div className="actions">
          <Button shape="small wraps" onPress={() => onRemedy(patch)}>
            {patchText(patch)}
          </Button>
        </div>
      )}
    </section>
  );
}
