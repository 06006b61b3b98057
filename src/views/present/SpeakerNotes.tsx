import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { clock } from "../../analysis/format.ts";
import { slideSentence } from "../../analysis/slide-sentence.ts";
import { type Slide, SLIDES } from "../../analysis/slides.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { learnt, slideBeside, slideFrame, walkSlides } from "../../store/screen/slides.ts";
import { useSlide } from "../../store/view/slides.ts";
import { press } from "../app/presenting.ts";
import { SentenceParts } from "../stage/SentenceParts.tsx";
import { NOTES } from "./notes.ts";
import "./presenter.css";

/** The speaker's notes, drawn into a window of their own. */
export function SpeakerNotes({ to }: { to: Window }) {
  useEffect(() => furnish(to.document), [to]);
  return createPortal(<Notes />, to.document.body);
}

/** Title, styles and keys of the page's own; returns how to take the keys away. */
function furnish(there: Document): () => void {
  there.title = "Ratioscope: speaker notes";
  there.documentElement.lang = "en";
  const { theme } = document.documentElement.dataset;
  if (theme !== undefined) there.documentElement.dataset.theme = theme;
  // As text: a window without an address fetches no style sheets.
  const style = there.createElement("style");
  style.textContent = Array.from(document.styleSheets, ({ cssRules }) =>
    Array.from(cssRules, ({ cssText }) => cssText).join("\n"),
  ).join("\n");
  there.head.append(style);
  there.addEventListener("keydown", press);
  return () => there.removeEventListener("keydown", press);
}

function Notes() {
  const slide = useSlide((state) => state.slide);
  const next = slideBeside(slide, 1);
  const { step } = useScreen();
  return (
    <main className="speaker-notes">
      <header>
        <h1>
          {slide === null
            ? `${SLIDES.length} slides`
            : `${SLIDES.indexOf(slide) + 1} of ${SLIDES.length}: ${slide.title}`}
        </h1>
        <Clock />
      </header>
      <section aria-label="This slide">
        <p className="speaker-says">
          {slide === null ? "Press N, or Next, for the first slide." : <Says slide={slide} />}
        </p>
        {slide === null ? null : <p>{NOTES[slide.id]}</p>}
        <p className="quiet">Step {step} is on screen.</p>
      </section>
      <section aria-label="Next slide">
        <h2>Next: {next === null ? "the whole page again" : next.title}</h2>
        {next === null ? null : (
          <p>
            <Says slide={next} />
          </p>
        )}
      </section>
      <footer>
        <button type="button" className="button" onClick={() => walkSlides(-1)}>
          Previous
        </button>
        <button type="button" className="button primary" onClick={() => walkSlides(1)}>
          Next
        </button>
        <span className="quiet">
          The presenter’s keys work here too. If the page left full screen, press F in its window.
        </span>
      </footer>
    </main>
  );
}

/** A slide's sentence in the numbers of the rollout on screen, also before it is shown. */
function Says({ slide }: { slide: Slide }) {
  const frame = slideFrame(slide);
  if (frame === null) return "There is no step to look at yet.";
  return <SentenceParts parts={slideSentence(slide, frame, learnt())} />;
}

/** The time of day, and how long the talk has gone on. */
function Clock() {
  const [began, setBegan] = useState(Date.now);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const time = new Date(now).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return (
    <div className="speaker-clock">
      <span className="num">{time}</span>
      <b className="num" aria-label="Since the start">
        {clock(Math.max(0, (now - began) / 1000))}
      </b>
      <button type="button" className="button ghost small" onClick={() => setBegan(Date.now())}>
        Start again
      </button>
    </div>
  );
}
