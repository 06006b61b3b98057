import { SLIDES } from "../../analysis/slides.ts";
import { useNotes, openNotes } from "../../store/page/notes.ts";
import { leavePresenting } from "../../store/page/present.ts";
import { walkSlides } from "../../store/screen/slides.ts";
import { useSlide } from "../../store/view/slides.ts";
import { Button } from "../controls/Button.tsx";
import { LevelSwitch } from "../shell/RunControls.tsx";
import "./presenter.css";

/** Beside the sentence while presenting: the level, the slides, the notes, the way back. */
export function PresenterTools() {
  const slide = useSlide((state) => state.slide);
  const at = slide === null ? 0 : SLIDES.indexOf(slide) + 1;
  return (
    <div className="presenter-tools">
      <LevelSwitch />
      <div role="group" aria-label="Slides" className="presenter-slides">
        <Button kind="ghost" shape="small" label="Slide before" onPress={() => walkSlides(-1)}>
          ‹
        </Button>
        <span className="num" role="status" aria-label={`Slide ${at} of ${SLIDES.length}`}>
          {at === 0 ? "–" : at}/{SLIDES.length}
        </span>
        <Button kind="ghost" shape="small" label="Next slide" onPress={() => walkSlides(1)}>
          ›
        </Button>
        <Button kind="ghost" shape="small" onPress={openNotes}>
          Notes <kbd>S</kbd>
        </Button>
        <Button kind="ghost" shape="small" onPress={leavePresenting}>
          Leave <kbd>Esc</kbd>
          <span className="visually-hidden">presenting</span>
        </Button>
      </div>
    </div>
  );
}

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["N"], "next slide"],
  [["Shift", "N"], "the one before"],
  [["←", "→"], "inner step"],
  [["Shift", "← →"], "generation"],
  [["↑", "↓"], "stage"],
  [["Space"], "play"],
  [["S"], "speaker notes"],
  [["F"], "full screen"],
  [["Esc"], "leave"],
];

/** The keys, in one quiet line at the window's foot. */
export function PresenterKeys() {
  const blocked = useNotes((state) => state.blocked);
  return (
    <p className="presenter-keys" role={blocked ? "alert" : undefined}>
      {blocked
        ? "The browser opened no window for the notes: allow pop-ups for this page, then press S again."
        : KEYS.map(([keys, does]) => (
            <span key={does}>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}{" "}
              {does}
            </span>
          ))}
    </p>
  );
}
