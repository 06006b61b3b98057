import { useState } from "react";
import { LESSONS } from "../../lessons/lessons.ts";
import { download } from "../../store/browser/download.ts";
import { answersJson, answersText } from "../../store/lesson/answers.ts";
import { forgetAnswers, useProgress } from "../../store/lesson/progress.ts";
import { Button } from "../controls/Button.tsx";

const TITLES = new Map(LESSONS.map(({ id, title }) => [id, title]));

/** Takes the answers along: as text, as JSON, into the clipboard. */
export function AnswerExport() {
  const lessons = useProgress((state) => state.lessons);
  const [said, setSaid] = useState("");
  const answered = Object.values(lessons).some(({ given }) => given.length > 0);
  if (!answered) return null;
  const copy = (): void => {
    navigator.clipboard.writeText(answersText(TITLES)).then(
      () => setSaid("Copied."),
      () => setSaid("The browser lets nothing be copied: download them."),
    );
  };
  const save = (name: string, type: string, text: string): void =>
    download(name, new Blob([text], { type }));
  return (
    <section className="lesson-export" aria-label="Your answers">
      <h3>Your answers</h3>
      <p>They are kept in this browser and sent nowhere.</p>
      <Button
        shape="small"
        onPress={() => save("lesson-answers.txt", "text/plain", answersText(TITLES))}
      >
        Download text
      </Button>
      <Button
        shape="small"
        onPress={() => save("lesson-answers.json", "application/json", answersJson(TITLES))}
      >
        Download JSON
      </Button>
      <Button shape="small" onPress={copy}>
        Copy
      </Button>
      <Button kind="ghost" shape="small" onPress={forgetAnswers}>
        Forget them
      </Button>
      <p role="status">{said}</p>
    </section>
  );
}
