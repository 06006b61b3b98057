import type { Paste } from "../../config/python/paste.ts";
import type { Outcome } from "../../config/python/settle.ts";

const SAYS: readonly { outcome: Outcome; text: string }[] = [
  { outcome: "applied", text: "applied" },
  { outcome: "limited", text: "limited to this page" },
  { outcome: "kept", text: "kept for export" },
  { outcome: "unknown", text: "unknown" },
  { outcome: "refused", text: "not taken" },
  { outcome: "unread", text: "not read" },
];

/** How many settings were applied, limited, kept, unknown, refused and not read. */
export function ImportTally({ paste }: { paste: Paste }) {
  return (
    <dl className="exchange-tally" role="status">
      {SAYS.map(({ outcome, text }) => {
        const count = paste.settled.filter(
          (each) => each.outcome === outcome && each.line !== null,
        ).length;
        return (
          <div key={outcome}>
            <dt>{text}</dt>
            <dd className="num">{count}</dd>
          </div>
        );
      })}
    </dl>
  );
}
