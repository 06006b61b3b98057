import { LESSON_IDS } from "../../lessons/ids.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { openLesson, useView } from "../../store/view/view.ts";
import { useBatch } from "../../store/screen/what-if.ts";

/** What the page is and what its two names mean, until the reader has begun. */
export function Intro() {
  const begun = useRun(({ source }) => source === "live");
  const batch = useBatch();
  // A lesson that was left by closing the explanation is open still, and not on screen.
  const learns = useView((view) => view.lesson !== null && view.explaining);
  if (begun || learns || batch?.sandbox != null) return null;
  return (
    <section className="intro" aria-label="What this is">
      <div>
        <h2>Train a language model in your browser; watch every ratio.</h2>
        <p>
          <dfn>GRPO</dfn> (group relative policy optimization) weighs each token by its <b>ratio</b>
          : how much likelier it became. But rewards judge whole answers; a token is a noisy sample.{" "}
          <dfn>GSPO</dfn> (group sequence policy optimization) takes <b>one ratio per answer</b>.
        </p>
      </div>
      <Button kind="primary" shape="intro-begin" onPress={() => openLesson(LESSON_IDS[0])}>
        Guess first
      </Button>
    </section>
  );
}
