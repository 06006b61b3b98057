import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { answerTokens, type Film, type FilmFrame } from "../../analysis/film.ts";
import { fixed } from "../../analysis/format.ts";
import type { Answer } from "../../record/answers.ts";
import { goToFrame } from "../../store/screen/film.ts";
import { useScreen } from "../../store/screen/screen.ts";

interface FilmStripProps {
  film: Film;
  /** In the order of the run. */
  arms: readonly string[];
  /** Widest that a frame may be, and what its answers need, CSS pixels. */
  most: number;
  least: number;
}

/** Of short answers a frame is no wider than this. */
const WIDEST = 132;

/** The frames side by side: one slider, by pointer and by keys, that moves the step on screen. */
export function FilmStrip({ film: { frames }, arms, most, least }: FilmStripProps) {
  const { kept, step } = useScreen();
  const strip = useRef<HTMLDivElement>(null);
  // Answers come after a step; those of step 0 are before the first one.
  const current = Math.max(
    0,
    frames.findLastIndex((frame) => frame.step <= step),
  );
  const show = (index: number): void => {
    const frame = frames[Math.max(0, Math.min(frames.length - 1, index))];
    if (frame !== undefined) goToFrame(kept, step, frame.step);
  };
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    const box = strip.current?.getBoundingClientRect();
    if (box === undefined || event.buttons !== 1) return;
    const index = Math.floor(((event.clientX - box.left) / box.width) * frames.length);
    if (index !== current) show(index);
  };
  const press = (event: KeyboardEvent): void => {
    const to = destination(event.key, current, frames.length);
    if (to === null) return;
    // The page's own keys go from step to step.
    event.preventDefault();
    event.stopPropagation();
    show(to);
  };
  const now = frames[current];
  return (
    <div
      className="film-strip"
      ref={strip}
      role="slider"
      tabIndex={0}
      aria-label="Frame of the film"
      aria-valuemin={frames[0]?.step ?? 0}
      aria-valuemax={frames.at(-1)?.step ?? 0}
      aria-valuenow={now?.step ?? 0}
      aria-valuetext={now && frameText(now, arms)}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={drag}
      style={{
        gridTemplateColumns: `repeat(${frames.length}, ${Math.min(most, Math.max(least, WIDEST))}px)`,
      }}
    >
      {frames.map((frame, index) => (
        <div
          key={frame.step}
          className={index === current ? "film-frame current" : "film-frame"}
          title={frameText(frame, arms)}
        >
          <small className="num">{frame.step}</small>
          {arms.map((arm) => (
            <Taken key={arm} answer={frame.answers[arm]} />
          ))}
        </div>
      ))}
    </div>
  );
}

/** One arm's answer, wrong tokens struck, with its reward. */
function Taken({ answer }: { answer: Answer | undefined }) {
  if (answer === undefined) return <div className="film-answer" />;
  const tokens = answerTokens(answer);
  return (
    <div className={tokens.some(({ wrong }) => wrong) ? "film-answer" : "film-answer right"}>
      <p>
        {tokens.map(({ text, wrong }, i) =>
          text === null ? (
            <span key={i} className="film-lacks">
              _
            </span>
          ) : wrong ? (
            <s key={i}>{text}</s>
          ) : (
            <span key={i}>{text}</span>
          ),
        )}
        {answer.ended ? null : <span className="film-lacks">…</span>}
      </p>
      <small className="num">{fixed(answer.reward, 2)}</small>
    </div>
  );
}

function destination(key: string, current: number, frames: number): number | null {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return current - 1;
    case "ArrowRight":
    case "ArrowUp":
      return current + 1;
    case "Home":
      return 0;
    case "End":
      return frames - 1;
    default:
      return null;
  }
}

/** A frame in words. */
function frameText({ step, answers }: FilmFrame, arms: readonly string[]): string {
  const said = arms.flatMap((arm) => {
    const answer = answers[arm];
    if (answer === undefined) return [];
    const { completion, ended, reward } = answer;
    const text = completion.length === 0 ? "nothing" : completion.join(" ");
    return [`${arm} ${text}${ended ? "" : ", without an end"}, reward ${fixed(reward, 2)}`];
  });
  return `After ${step} steps: ${said.join("; ")}`;
}
