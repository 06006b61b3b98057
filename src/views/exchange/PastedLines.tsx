import { findings } from "../../config/findings/findings.ts";
import { formatValue } from "../../config/parse-field.ts";
import type { Paste } from "../../config/python/paste.ts";
import type { Outcome, Settled } from "../../config/python/settle.ts";

const WRONG: ReadonlySet<Outcome> = new Set(["unknown", "refused", "unread"]);

/** The text as it was pasted, each line with what became of it. */
export function PastedLines({ paste }: { paste: Paste }) {
  const found = findings(paste.run, paste.known);
  const numberOf = (name: string): number =>
    found.findIndex(({ fields }) => fields.includes(name)) + 1;
  return (
    <div className="exchange-lines" tabIndex={0} role="group" aria-label="The pasted text">
      <ol>
        {paste.source.split(/\r?\n/).map((line, index) => {
          const settled = paste.settled.filter((each) => each.line === index + 1);
          const numbers = settled.map(({ name }) => numberOf(name)).filter((number) => number > 0);
          const marks = [...settled.map(mark), ...numbers.map((number) => `finding ${number}`)];
          const tone = settled.some(({ outcome }) => WRONG.has(outcome))
            ? "wrong"
            : numbers.length > 0
              ? "found"
              : "";
          return (
            // A line of a text is what it is by its place.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index} className={tone}>
              <code>{line === "" ? " " : line}</code>
              <span>{marks.filter(Boolean).join(" · ")}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** What became of a setting, in a few words; nothing where it was taken as it stands. */
function mark({ outcome, used, note }: Settled): string {
  const value = used === undefined ? "" : formatValue(used);
  switch (outcome) {
    case "applied":
      return note === "" ? "" : note.replace(/[,:] .*$/, "").toLowerCase();
    case "limited":
      return `here ${value}`;
    case "kept":
      return "kept for export";
    case "unknown":
      return "unknown";
    case "refused":
      return `not taken; Load has ${value}`;
    case "unread":
      return `not read; Load has ${value}`;
    default:
      return outcome satisfies never;
  }
}
