import { lazy, Suspense } from "react";
import { useView } from "../../store/view/view.ts";
import { useSlide } from "../../store/view/slides.ts";
import { useEmbed } from "../../store/page/embed.ts";
import { firstUse } from "../../store/page/first-use.ts";
import { useNotes } from "../../store/page/notes.ts";
import { firstFigure } from "../../store/browser/first-figure.ts";
import { Exchange } from "../exchange/Exchange.tsx";
import { ErrorBoundary } from "../shell/ErrorBoundary.tsx";
import { TopBar } from "../shell/TopBar.tsx";
import { Stage } from "../stage/Stage.tsx";
import { StatusLine } from "../status/StatusLine.tsx";
import { Transport } from "../transport/Transport.tsx";
import "../controls/controls.css";
import "./app.css";
import "../learn/learn.css";
import "./present.css";
import { usePresenting } from "./presenting.ts";
import { ExplainAside } from "./ExplainAside.tsx";
import { ScreenProvider } from "./ScreenProvider.tsx";
import { useShortcuts } from "./shortcuts.ts";

const Config = lazy(async () => {
  await firstFigure;
  return { default: (await import("../config/Config.tsx")).Config };
});

// The page is in nobody's frame.
const EmbeddedPart = lazy(async () => ({
  default: (await import("./EmbeddedPart.tsx")).EmbeddedPart,
}));
// Who prints has used the page.
const PrintPage = lazy(async () => {
  await firstUse;
  return { default: (await import("../present/PrintPage.tsx")).PrintPage };
});
// A lecturer opens their notes.
const SpeakerNotes = lazy(async () => ({
  default: (await import("../present/SpeakerNotes.tsx")).SpeakerNotes,
}));

/** The page: configuration, figures, explanation, and what drives them. */
export function App() {
  useShortcuts();
  const presenting = usePresenting();
  const density = useView((view) => view.density);
  const explaining = useView((view) => view.density === "work" || view.explaining);
  const wide = useView((view) => view.wide && view.tab === "runs");
  const slide = useSlide((state) => state.slide);
  const notes = useNotes((state) => state.window);
  const embed = useEmbed((state) => state.part);
  if (embed !== null) {
    return (
      <ScreenProvider>
        <Suspense fallback={null}>
          <EmbeddedPart part={embed} />
        </Suspense>
      </ScreenProvider>
    );
  }
  return (
    <div
      className="app"
      data-density={density}
      data-explaining={explaining || undefined}
      data-wide={wide || undefined}
      data-presenting={presenting || undefined}
      data-lit={slide?.lit}
    >
      <a className="skip-link" href="#stage">
        Skip to the figures
      </a>
      <ScreenProvider>
        <TopBar />
        {density === "work" && (
          <ErrorBoundary what="The configuration">
            <Suspense fallback={<div className="config" aria-busy="true" />}>
              <Config />
            </Suspense>
          </ErrorBoundary>
        )}
        <main className="stage" id="stage">
          <Exchange />
          <ErrorBoundary what="The figures">
            <Stage />
          </ErrorBoundary>
        </main>
        {explaining && <ExplainAside />}
        <ErrorBoundary what="The transport">
          <Transport />
        </ErrorBoundary>
        <ErrorBoundary what="The status line">
          <StatusLine />
        </ErrorBoundary>
        <ErrorBoundary what="The printed page">
          <Suspense fallback={null}>
            <PrintPage />
          </Suspense>
        </ErrorBoundary>
        {notes === null ? null : (
          <ErrorBoundary what="The speaker notes">
            <Suspense fallback={null}>
              <SpeakerNotes to={notes} />
            </Suspense>
          </ErrorBoundary>
        )}
      </ScreenProvider>
    </div>
  );
}
