import { useEffect, useRef } from "react";
import { EMBED, type Embed, useEmbed } from "../../store/page/embed.ts";
import { tellHeight } from "../../store/page/frame.ts";
import { ErrorBoundary } from "../shell/ErrorBoundary.tsx";
import { State } from "../shell/TopBar.tsx";
import { Stage } from "../stage/Stage.tsx";
import { Transport } from "../transport/Transport.tsx";
import { ExplainAside } from "./ExplainAside.tsx";
import "./embed.css";

/** A part of the page in the frame of another one, with what drives it. */
export function EmbeddedPart({ part }: { part: Embed }) {
  const touched = useEmbed((state) => state.touched);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    document.documentElement.dataset.embed = part;
    return frame.current === null ? undefined : tellHeight(frame.current, part);
  }, [part]);
  const whole = new URL(location.href);
  whole.searchParams.delete(EMBED);
  return (
    <div className="embed" data-embed={part} ref={frame}>
      <main className="stage" id="stage">
        <ErrorBoundary what="The figures">
          <Stage />
        </ErrorBoundary>
      </main>
      {part === "lesson" && <ExplainAside />}
      <ErrorBoundary what="The transport">
        <Transport />
      </ErrorBoundary>
      <footer className="embed-foot">
        {touched ? <State /> : <span className="quiet">No GPU is used before you press Play.</span>}
        <a href={whole.href} target="_blank" rel="noopener">
          Open in Ratioscope
        </a>
      </footer>
    </div>
  );
}
