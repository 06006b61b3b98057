import { useState } from "react";
import { askedFor } from "../../config/frameworks/asked-for.ts";
import type { Paste } from "../../config/python/paste.ts";
import type { Asked } from "../../config/shell/environment.ts";

/** Values by the names of variables of the environment. */
export type Given = Readonly<Record<string, string>>;

interface ImportAskedProps {
  paste: Paste;
  given: Given;
  onGiven(given: Given): void;
}

/** Asks for what only running the text would tell; with each answer it is read again. */
export function ImportAsked({ paste, given, onGiven }: ImportAskedProps) {
  const { deciding, others } = askedFor(paste, new Set(Object.keys(given)));
  if (deciding.length + others.length === 0) return null;
  const lines = (asked: readonly Asked[]) =>
    asked.map((each) => (
      <Variable
        key={each.name}
        asked={each}
        value={given[each.name] ?? ""}
        onValue={(value) => onGiven(withValue(given, each.name, value))}
      />
    ));
  return (
    <div className="exchange-asked" role="group" aria-label="Variables of the environment">
      {deciding.length === 0 ? null : (
        <>
          <p>Set outside of this text, and settings wait for them:</p>
          {lines(deciding)}
        </>
      )}
      {others.length === 0 ? null : (
        <details>
          <summary>Other variables that it takes ({others.length})</summary>
          {lines(others)}
        </details>
      )}
    </div>
  );
}

/** An empty value is none: the variable is not known again. */
const withValue = (given: Given, name: string, value: string): Given =>
  Object.fromEntries(Object.entries({ ...given, [name]: value }).filter(([, each]) => each !== ""));

interface VariableProps {
  asked: Asked;
  value: string;
  onValue(value: string): void;
}

function Variable({ asked: { name, line }, value, onValue }: VariableProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const commit = (text: string): void => {
    setDraft(null);
    if (text !== value) onValue(text);
  };
  return (
    <label className="exchange-defaults">
      <code>{name}</code>
      <input
        className="field-input"
        size={12}
        value={draft ?? value}
        placeholder="not known"
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setDraft(event.target.value)}
        onBlur={(event) => commit(event.target.value.trim())}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(event.currentTarget.value.trim());
        }}
      />
      <span className="quiet">line {line}</span>
    </label>
  );
}
