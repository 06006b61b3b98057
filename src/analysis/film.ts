import type { Answer, ArmAnswers } from "../record/answers.ts";
import type { ComparedStep } from "./arms-verdict.ts";

/** What every arm answered to one prompt after so many optimizer steps. */
export interface FilmFrame {
  step: number;
  /** By arm; an arm that began later has none before. */
  answers: Readonly<Record<string, Answer>>;
}

/** A film of one prompt. */
export interface Film {
  prompt: readonly string[];
  right: readonly string[];
  /** Optimizer steps between two frames; the last one may come sooner. */
  every: number;
  frames: readonly FilmFrame[];
}

/** A token of an answer, against the right one at its place; `text` null: there is none. */
export interface AnswerToken {
  text: string | null;
  wrong: boolean;
}

/** Optimizer steps between two frames, of which a film takes the least that its strip has room for. */
const SPACINGS = [4, 20, 40, 100, 200, 400, 1000, 2000, 4000, 10_000, 20_000, 40_000, 100_000];

/** The film of a prompt, with `most` frames at most; null where nobody answered it. */
export function filmOf(all: readonly ArmAnswers[], prompt: number, most: number): Film | null {
  const frames = new Map<number, Record<string, Answer>>();
  for (const { arm, step, answers } of all) {
    const answer = answers[prompt];
    if (answer !== undefined) frames.set(step, { ...frames.get(step), [arm]: answer });
  }
  const steps = [...frames.keys()].toSorted((a, b) => a - b);
  const last = steps.at(-1);
  const shown = Object.values(frames.get(last ?? 0) ?? {})[0];
  if (last === undefined || shown === undefined) return null;
  const at = (every: number): number[] =>
    steps.filter((step) => step % every === 0 || step === last);
  const every =
    SPACINGS.find((spacing) => !hasGaps(at(spacing), spacing) && at(spacing).length <= most) ??
    SPACINGS.at(-1)!;
  return {
    prompt: shown.prompt,
    right: shown.right,
    every,
    frames: at(every)
      .slice(-Math.max(1, most))
      .map((step) => ({ step, answers: frames.get(step)! })),
  };
}

/** What an arm was worth when a frame was taken, beyond the one answer that the frame shows. */
export interface ArmAtFrame {
  /** Of all pinned prompts, how many it answered right. */
  right: number;
  prompts: number;
  /** Mean reward of the rollout that the step on screen trains on; null: it was not logged. */
  reward: number | null;
}

/**
 * The same of every arm that answered after `step` optimizer steps, while step `shown` is on screen:
 * frames are several steps apart, and their last one may be of the rollout before.
 */
export function armsAtFrame(
  all: readonly ArmAnswers[],
  history: readonly Pick<ComparedStep, "step" | "metrics">[],
  step: number,
  shown: number,
): Record<string, ArmAtFrame> {
  const logged = history.findLast((each) => each.step <= shown);
  return Object.fromEntries(
    all
      .filter((each) => each.step === step)
      .map(({ arm, answers }) => [
        arm,
        {
          right: answers.filter((each) => answerTokens(each).every(({ wrong }) => !wrong)).length,
          prompts: answers.length,
          reward: logged?.metrics[arm]?.reward ?? null,
        },
      ]),
  );
}

/** Whether a long run has too few answers for that spacing. */
const hasGaps = (steps: readonly number[], every: number): boolean =>
  steps.some((step, i) => i > 0 && step - steps[i - 1]! > every);

/** The answer's tokens and those that it lacks. */
export function answerTokens({ completion, right }: Answer): AnswerToken[] {
  return Array.from({ length: Math.max(completion.length, right.length) }, (_, i) => {
    const text = completion[i] ?? null;
    return { text, wrong: text !== right[i] };
  });
}

/**
 * The prompt whose film tells most: on which an arm's reward rose most from first to last; of equal
 * ones that with more different answers; of a run that has only begun, the one with most to learn. 0
 * where there is none.
 */
export function tellingPrompt(all: readonly ArmAnswers[]): number {
  const prompts = all[0]?.answers.length ?? 0;
  const arms = [...new Set(all.map(({ arm }) => arm))];
  const tells = Array.from({ length: prompts }, (_, prompt) => {
    const films = arms.map((arm) =>
      all.flatMap((each) => (each.arm === arm ? (each.answers[prompt] ?? []) : [])),
    );
    const rises = films.map((film) => (film.at(-1)?.reward ?? 0) - (film[0]?.reward ?? 0));
    const texts = films.flat().map(({ completion }) => completion.join(" "));
    const first = Math.min(...films.map((film) => film[0]?.reward ?? 1));
    return { prompt, rise: Math.max(...rises), different: new Set(texts).size, first };
  });
  const [best] = tells.toSorted(
    (a, b) => b.rise - a.rise || b.different - a.different || a.first - b.first,
  );
  return best?.prompt ?? 0;
}
