import { foreignFindings, type ForeignPaste } from "../../config/frameworks/foreign.ts";
import type { Mark } from "../../config/frameworks/mark.ts";
import type { Told } from "../../config/frameworks/read.ts";
import { formatValue } from "../../config/parse-field.ts";
import "./foreign.css";

const MARKS: Readonly<Record<Mark, string>> = {
  exact: "exact",
  near: "near",
  none: "not expressible",
  elsewhere: "elsewhere",
};

const TONE = { error: "error", warning: "", note: "info" } as const;

/** What another trainer's configuration is in TRL's terms: a line a setting. */
export function ForeignReport({ paste }: { paste: ForeignPaste }) {
  const { told, framework } = paste.foreign;
  const stated = told.filter(({ line }) => line !== null);
  const usual = told.filter(({ line, mark }) => line === null && mark !== "elsewhere");
  const here = stated.filter(({ mark }) => mark !== "elsewhere");
  const beside = stated.filter(({ mark }) => mark === "elsewhere");
  return (
    <div className="exchange-findings">
      {foreignFindings(paste).map(({ id, severity, message, reason, remedy }) => (
        <section key={id} className={`finding ${TONE[severity]}`}>
          <b>{message}</b>
          <p>
            {reason} {remedy}
          </p>
        </section>
      ))}
      <Lines told={here} label={`Settings of ${framework.name}`} />
      <Folded told={usual} says={`Not set, so ${framework.name}'s own`} />
      <Folded told={beside} says="Elsewhere: training does not depend on them" />
      {paste.notes.map((note) => (
        <p key={note} className="finding info">
          {note}
        </p>
      ))}
    </div>
  );
}

function Folded({ told, says }: { told: readonly Told[]; says: string }) {
  if (told.length === 0) return null;
  return (
    <details className="foreign-more">
      <summary>
        {says} ({told.length})
      </summary>
      <Lines told={told} label={says} />
    </details>
  );
}

function Lines({ told, label }: { told: readonly Told[]; label: string }) {
  return (
    <ul className="foreign-lines" aria-label={label}>
      {told.map((each, index) => (
        // A setting can be told twice, once for each thing that it decides.
        // oxlint-disable-next-line react/no-array-index-key
        <Line key={`${each.key ?? ""} ${index}`} told={each} />
      ))}
    </ul>
  );
}

function Line({ told: { key, text, mark, says, sets, line } }: { told: Told }) {
  const values = Object.entries(sets).map(([name, value]) => `${name} ${formatValue(value)}`);
  const shown = line === null && key !== null ? `${key} ${text}` : text;
  return (
    <li className={mark}>
      {shown === "" ? null : <code>{shown}</code>}
      <b>{MARKS[mark]}</b>
      <span>
        {values.length === 0 ? null : <>→ {values.join(", ")}. </>}
        {says}
      </span>
    </li>
  );
}
