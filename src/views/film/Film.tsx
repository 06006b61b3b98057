import { useMemo, useRef } from "react";
import { answerTokens, type ArmAtFrame, armsAtFrame, filmOf } from "../../analysis/film.ts";
import { reward } from "../../analysis/format.ts";
import type { Answer } from "../../record/answers.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useSampledRun } from "../../store/run/sampled.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { useView } from "../../store/view/view.ts";
import { pickFilm, useFilm } from "../../store/screen/film.ts";
import { useMarkers } from "../../store/screen/shown.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { PromptText } from "../controls/PromptText.tsx";
import { Button } from "../controls/Button.tsx";
import { Word } from "../controls/Word.tsx";
import { useWidth } from "../charts/use-width.ts";
import { FilmStrip } from "./FilmStrip.tsx";
import "./film.css";

/** Of a frame, in CSS pixels: a letter, between two tokens, around them, the least of all. */
const LETTER = 8;
const GAP = 4;
const AROUND = 20;
const LEAST = 62;

/** Heights of a frame without answers, and of an answer, in CSS pixels, as the style sheet has them. */
const FRAME = 46;
const ANSWER = 36;

/** Means are read, not watched. */
const HISTORY_MS = 1000;

/** What the policies answer to one prompt as they learn: a strip along which everything moves. */
export function Film() {
  const answers = useRun((run) => run.film);
  const prompt = useFilm((film) => film.prompt);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const markers = useMarkers();
  const prompts = answers[0]?.answers.length ?? 0;
  const frameWidth = useMemo(() => {
    const texts = answers.map((each) => widthOf(each.answers[prompt]));
    return Math.max(LEAST, ...texts);
  }, [answers, prompt]);
  const film = useMemo(
    () => filmOf(answers, prompt, Math.max(2, Math.floor(width / frameWidth))),
    [answers, prompt, width, frameWidth],
  );
  const { step } = useScreen();
  const history = useSampledRun((run) => run.history, HISTORY_MS, 400);
  const frame =
    film?.frames.findLast((each) => each.step <= step)?.step ?? film?.frames[0]?.step ?? 0;
  const worth = useMemo(
    () => armsAtFrame(answers, history, frame, step),
    [answers, history, frame, step],
  );
  // The first view has no words for it yet.
  const live = useRun(({ source }) => source === "live");
  const looked = useView((view) => view.density === "work" || view.step !== null) || live;
  if (film === null) return <p className="film-none">No film: this run kept no answers.</p>;
  const beside = (by: number): void => pickFilm((prompt + by + prompts) % prompts);
  const arms = Object.keys(markers);
  return (
    <section className="film" aria-label="Film of learning">
      <div className="film-head">
        <p>
          <Word id="film">Answers</Word> to{" "}
          <code>
            <PromptText prompt={film.prompt.join(" ")} />
          </code>
          , right: <code>{film.right.join(" ")}</code>
          {looked && (
            <>
              ; every <span className="num">{film.every}</span> steps
            </>
          )}
        </p>
        {prompts < 2 ? null : (
          <div className="film-prompts">
            <Button shape="small icon" label="Film before this one" onPress={() => beside(-1)}>
              ‹
            </Button>
            <Button shape="small icon" label="Next film" onPress={() => beside(1)}>
              ›
            </Button>
          </div>
        )}
      </div>
      <div className="film-row">
        <div className="film-arms">
          {arms.map((arm) => (
            <div key={arm}>
              <span>
                <ArmMark marker={markers[arm]!} /> <Word id="arm">{arm}</Word>
              </span>
              <ArmWorth worth={worth[arm]} step={frame} />
            </div>
          ))}
        </div>
        <div className="film-place" ref={box} style={{ minHeight: FRAME + ANSWER * arms.length }}>
          {width === 0 ? null : (
            <FilmStrip
              film={film}
              arms={arms}
              most={Math.floor(width / film.frames.length)}
              least={frameWidth}
            />
          )}
        </div>
      </div>
      {looked ? <Caveat arms={arms} worth={worth} step={frame} /> : null}
    </section>
  );
}

type Worth = Readonly<Record<string, ArmAtFrame>>;

/** What one answer cannot stand for: an arm's right answers to all pinned prompts, and its rewards. */
function ArmWorth({ worth, step }: { worth: ArmAtFrame | undefined; step: number }) {
  if (worth === undefined) return null;
  const right = `Right answers to all ${worth.prompts} pinned prompts, after step ${step}`;
  return (
    <small className="num">
      <span>
        <Hidden says={right} />
        <Word id="right-answers">
          {worth.right}/{worth.prompts}
        </Word>
      </span>
      {worth.reward === null ? null : (
        <span>
          <Word id="mean-reward">x̄</Word>{" "}
          <Hidden says="Mean reward of all completions of the rollout on screen" />
          {reward(worth.reward)}
        </span>
      )}
    </small>
  );
}

/** What a number is, for whoever hears it. */
const Hidden = ({ says }: { says: string }) => <span className="visually-hidden">{says}: </span>;

/** What the film does not say: it is one prompt of several, and one answer of many. */
function Caveat({ arms, worth, step }: { arms: readonly string[]; worth: Worth; step: number }) {
  const told = arms.flatMap((arm) => {
    const found = worth[arm];
    return found === undefined ? [] : [`${arm} ${found.right} of ${found.prompts}`];
  });
  return (
    <p className="film-caveat">
      One answer to one prompt is no verdict on an arm. Of all pinned prompts right after step{" "}
      {step}: {told.join(", ")}. x̄ is the mean reward of the rollout on screen.
    </p>
  );
}

const widthOf = (answer: Answer | undefined): number =>
  answer === undefined
    ? 0
    : AROUND +
      answerTokens(answer).reduce((sum, { text }) => sum + GAP + LETTER * (text?.length ?? 1), 0);
