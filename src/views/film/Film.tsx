import { useMemo, useRef } from "react";
import { answerTokens, filmOf } from "../../analysis/film.ts";
import type { Answer } from "../../record/answers.ts";
import { useRun } from "../../store/run/run-store.ts";
import { pickFilm, useFilm } from "../../store/screen/film.ts";
import { useMarkers } from "../../store/screen/shown.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
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
  if (film === null) return <p className="film-none">No film: this run kept no answers.</p>;
  const beside = (by: number): void => pickFilm((prompt + by + prompts) % prompts);
  const arms = Object.keys(markers);
  return (
    <section className="film" aria-label="Film of learning">
      <div className="film-head">
        <p>
          <Word id="film">Answers</Word> to <code>{film.prompt.join(" ")}</code>, right:{" "}
          <code>{film.right.join(" ")}</code>; every <span className="num">{film.every}</span> steps
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
            <span key={arm}>
              <ArmMark marker={markers[arm]!} /> {arm}
            </span>
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
    </section>
  );
}

const widthOf = (answer: Answer | undefined): number =>
  answer === undefined
    ? 0
    : AROUND +
      answerTokens(answer).reduce((sum, { text }) => sum + GAP + LETTER * (text?.length ?? 1), 0);
