import { useId } from "react";
import { cellName } from "../../lessons/judge.ts";
import type { Answer, Question } from "../../lessons/lesson.ts";
import { rowName } from "../../analysis/selection.ts";
import { Button } from "../controls/Button.tsx";
import { PlaceRatio } from "./PlaceRatio.tsx";

interface QuestionProps {
  question: Question;
  answer: Answer | null;
  /** The answer is told: nothing can be chosen any longer. */
  revealed: boolean;
  onAnswer(answer: Answer): void;
}

/** What is chosen, marked or placed. */
export function LessonQuestion(props: QuestionProps) {
  const { question, answer, revealed, onAnswer } = props;
  switch (question.kind) {
    case "choose":
      return <Options {...props} options={question.options} right={question.right} />;
    case "place":
      return (
        <PlaceRatio
          question={question}
          ratio={typeof answer === "number" ? answer : null}
          revealed={revealed}
          onPlace={onAnswer}
        />
      );
    case "cells":
    case "rows":
      return <Marks question={question} answer={answer} revealed={revealed} />;
    default:
      return question satisfies never;
  }
}

interface OptionsProps extends QuestionProps {
  options: readonly string[];
  right: number;
}

function Options({ question, options, right, answer, revealed, onAnswer }: OptionsProps) {
  const name = useId();
  return (
    <fieldset className="lesson-options" disabled={revealed}>
      <legend className="visually-hidden">{question.ask}</legend>
      {options.map((text, index) => (
        <label key={text} data-right={(revealed && index === right) || undefined}>
          <input
            type="radio"
            name={name}
            checked={answer === index}
            onChange={() => onAnswer(index)}
          />
          {text}
          {revealed && index === right && <b> ✓</b>}
          {revealed && index === answer && index !== right && <b> ✕</b>}
        </label>
      ))}
    </fieldset>
  );
}

/** What is marked in the figure so far, and the way there. */
function Marks({ question, answer, revealed }: Omit<QuestionProps, "onAnswer">) {
  const marked = typeof answer === "object" && answer !== null ? answer : [];
  const name = (each: string | number): string =>
    question.kind === "rows" ? `row ${rowName(Number(each))}` : cellName(each);
  return (
    <div className="lesson-marks">
      <p aria-live="polite">
        Marked: {marked.length === 0 ? "nothing yet" : marked.map(name).join("; ")}
      </p>
      {!revealed && (
        <>
          <Button shape="small" onPress={toFigure}>
            Go to the figure
          </Button>
          <p className="quiet">
            Press cells to mark them; once more takes the mark away. With the keyboard: arrows,
            Enter, and Escape to come back.
          </p>
        </>
      )}
    </div>
  );
}

/** The cell of the figures that the keyboard is at. */
function toFigure(): void {
  const cell = document.querySelector<SVGElement>('.twin-figure [role=gridcell][tabindex="0"]');
  cell?.scrollIntoView({ block: "nearest" });
  cell?.focus({ preventScroll: true });
}
