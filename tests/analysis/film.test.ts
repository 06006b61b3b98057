import { expect, test } from "vitest";
import { answerTokens, armsAtFrame, filmOf, tellingPrompt } from "../../src/analysis/film.ts";
import { isAnswered } from "../../src/record/answers.ts";
import { answer, answered } from "../support/example-film.ts";

test("the arms answer often at first, then every twentieth step", () => {
  const steps = Array.from({ length: 101 }, (_, step) => step).filter(isAnswered);
  expect(steps).toEqual([0, 4, 8, 12, 16, 20, 40, 60, 80, 100]);
});

/** One prompt, as a run of that many steps leaves it. */
const long = (steps: number) =>
  Array.from({ length: steps + 1 }, (_, step) => step)
    .filter(isAnswered)
    .map((step) => answered("token", step, answer("123", 1)));
const framesOf = (steps: number, most: number) => {
  const film = filmOf(long(steps), 0, most)!;
  return [film.every, film.frames.map(({ step }) => step)];
};

test("a short run has a frame every 4 steps, a longer one as many as there is room for", () => {
  expect(framesOf(0, 8)).toEqual([4, [0]]);
  expect(framesOf(20, 8)).toEqual([4, [0, 4, 8, 12, 16, 20]]);
  // Not one spacing here and another there.
  expect(framesOf(60, 12)).toEqual([20, [0, 20, 40, 60]]);
  // The newest one is there whatever the spacing.
  expect(framesOf(100, 4)).toEqual([40, [0, 40, 80, 100]]);
  expect(framesOf(20, 2)).toEqual([20, [0, 20]]);
  expect(framesOf(4000, 6)[0]).toBe(1000);
});

test("a frame has every arm that answered; nobody's answers are no film", () => {
  const film = filmOf(
    [
      answered("token", 0, answer("13", 0.2)),
      answered("token", 4, answer("123", 1)),
      answered("fork", 4, answer("", 0)),
    ],
    0,
    9,
  )!;
  expect(film.prompt.join(" ")).toBe("sort 3 1 2 =");
  expect(film.frames.map(({ answers }) => Object.keys(answers))).toEqual([
    ["token"],
    ["token", "fork"],
  ]);
  expect(filmOf([], 0, 9)).toBeNull();
  expect(filmOf(long(4), 1, 9)).toBeNull();
});

test("tokens are held against the right ones place by place; what lacks is wrong too", () => {
  const marks = (text: string) =>
    answerTokens(answer(text, 0))
      .map(({ text: token, wrong }) => `${token ?? "_"}${wrong ? "!" : ""}`)
      .join(" ");
  expect(marks("123")).toBe("1 2 3");
  expect(marks("13")).toBe("1 3! _!");
  expect(marks("1234…")).toBe("1 2 3 4!");
  expect(marks("")).toBe("_! _! _!");
});

test("the prompt that tells most: an arm's reward rose; else more different answers", () => {
  const [bad, good] = [answer("13", 0.2), answer("123", 1)];
  // The second wavers more than the third, and has nothing of it.
  const rises = [
    answered("token", 0, good, bad, bad),
    answered("sequence", 0, good, answer("12", 0.2), bad),
    answered("token", 4, good, answer("2", 0.2), bad),
    answered("sequence", 4, good, answer("3", 0.2), good),
  ];
  expect(tellingPrompt(rises)).toBe(2);
  const wavers = [
    answered("token", 0, bad, bad),
    answered("token", 4, bad, answer("12", 0.4)),
    answered("token", 8, bad, bad),
  ];
  expect(tellingPrompt(wavers)).toBe(1);
  expect(tellingPrompt([])).toBe(0);
});

test("beside one answer: how many prompts each arm has right, and its rollout's mean reward", () => {
  const [bad, good] = [answer("13", 0.2), answer("123", 1)];
  const all = [
    answered("token", 0, bad, bad, good),
    answered("token", 4, good, good, good),
    answered("sequence", 4, good, bad, bad),
  ];
  const logged = (step: number, token: number, sequence: number) => ({
    step,
    metrics: { token: { reward: token }, sequence: { reward: sequence } },
  });
  const history = [logged(1, 0.1, 0.1), logged(4, 0.4, 0.5), logged(5, 0.9, 0.9)];
  expect(armsAtFrame(all, history, 0, 1)).toEqual({ token: { right: 1, prompts: 3, reward: 0.1 } });
  expect(armsAtFrame(all, history, 4, 4)).toEqual({
    token: { right: 3, prompts: 3, reward: 0.4 },
    sequence: { right: 1, prompts: 3, reward: 0.5 },
  });
  // Step 5 has no frame of its own: the answers of frame 4, the mean of what is on screen.
  expect(armsAtFrame(all, history, 4, 5)["token"]).toEqual({ right: 3, prompts: 3, reward: 0.9 });
  expect(armsAtFrame(all, [], 4, 4)["token"]!.reward).toBeNull();
});
