import { useMemo } from "react";
import {
  armsVerdict,
  STEPS_TO_COMPARE,
  type VerdictSentence,
} from "../../analysis/arms-verdict.ts";
import { plural } from "../../analysis/format.ts";
import { clipsMore } from "../../experiments/clips-more.ts";
import { useEmbed } from "../../store/page/embed.ts";
import { useSampledRun } from "../../store/run/sampled.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { selectTab } from "../../store/view/view.ts";

/** A verdict is read, not watched. */
const EVERY_MS = 2000;

/** Who learned more and who clipped more, as soon as two arms have trained long enough. */
export function ArmsVerdict() {
  const { run } = useScreen();
  const history = useSampledRun(({ history: all }) => all, EVERY_MS, 700);
  const verdict = useMemo(
    () => armsVerdict(history, run?.arms.map(({ name }) => name) ?? []),
    [history, run],
  );
  const framed = useEmbed(({ part }) => part !== null);
  if (run === null || run.arms.length < 2) return null;
  const more = !framed && (
    <>
      {" "}
      <button type="button" className="verdict-more" onClick={() => selectTab("experiments")}>
        Many seeds: the experiment “{clipsMore.title}”
      </button>
    </>
  );
  return (
    <section className="card verdict" aria-label="Verdict on the arms">
      {verdict === null ? (
        <p>
          <b>No verdict yet, after {plural(history.at(-1)?.step ?? 0, "step")}.</b> Who learned more
          and who clipped more stands here when two arms have trained {STEPS_TO_COMPARE} steps.
          {more}
        </p>
      ) : (
        <>
          <Sentence {...verdict.learned} />
          {verdict.clipped === null ? null : <Sentence {...verdict.clipped} />}
          <p className="verdict-over">
            {verdict.over}
            {more}
          </p>
        </>
      )}
    </section>
  );
}

const Sentence = ({ strong, rest }: VerdictSentence) => (
  <p>
    <b>{strong}</b>
    {rest}
  </p>
);
