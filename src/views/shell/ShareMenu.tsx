import { useState } from "react";
import type { Embed } from "../../store/page/embed.ts";
import { embedSnippet } from "../../store/page/frame.ts";
import { linkOf } from "../../store/page/link.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import "./share.css";

const FRAMES: readonly { part: Embed; words: string }[] = [
  { part: "figure", words: "both figures" },
  { part: "charts", words: "the charts" },
  { part: "lesson", words: "figures and explanation" },
];

/** What can be copied, and what became of it. */
export function ShareMenu() {
  const [said, setSaid] = useState("");
  const ready = useRun((run) => run.run !== null);
  const copy = (text: string, what: string, otherwise: string): void => {
    navigator.clipboard.writeText(text).then(
      () => setSaid(`${what} copied`),
      () => setSaid(otherwise),
    );
  };
  const shareLink = (): void => {
    const link = linkOf();
    if (link === null) return;
    history.replaceState(null, "", link);
    copy(link, "Link", "The browser did not allow it: the link is in the address bar.");
  };
  const shareFrame = (part: Embed): void => {
    const link = linkOf();
    if (link === null) return;
    copy(embedSnippet(link, part), "Snippet", "The browser did not allow it.");
  };
  const wait = ready ? null : "There is no run yet.";
  return (
    <div className="share-menu" role="group" aria-label="Share">
      <Button shape="small wraps" disabledBecause={wait} onPress={shareLink}>
        Copy link
      </Button>
      <p className="quiet">Opens this configuration, view, step and pinned cell.</p>
      {FRAMES.map(({ part, words }) => (
        <Button
          key={part}
          shape="small wraps"
          disabledBecause={wait}
          onPress={() => shareFrame(part)}
        >
          Copy embed snippet: {words}
        </Button>
      ))}
      <p className="quiet">
        HTML for a page of your own. It stores nothing and trains when pressed.
      </p>
      <a href="./lessons.html">All lessons and teaching links</a>
      <p role="status">{said}</p>
    </div>
  );
}
