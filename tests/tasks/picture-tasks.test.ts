import { describe, expect, test, vi } from "vitest";
import { Purpose, Random } from "../../src/base/random.ts";
import { pictureOf, pictureText, pixelsOf } from "../../src/tasks/picture.ts";
import { loadPainters } from "../../src/tasks/picture-task.ts";
import { task, tasks } from "../../src/tasks/registry.ts";
import { encode } from "../../src/tasks/task.ts";

const pictured = tasks.filter(({ picture }) => picture);
const named = pictured.map((it) => [it.id, it] as const);

test("a picture task has no prompts before what draws them is loaded, and says so", async () => {
  // Modules of its own: another test may have loaded the painters already.
  vi.resetModules();
  const { task: taskNow } = await import("../../src/tasks/registry.ts");
  const { loadPainters: loadNow } = await import("../../src/tasks/picture-task.ts");
  const it = taskNow("count-dots");
  expect(() => it.prompt(new Random(1, Purpose.prompts), 3)).toThrow("await loadPainters first");
  await loadNow();
  expect(it.prompt(new Random(1, Purpose.prompts), 3)).toHaveLength(2);
});

describe.each(named)("%s", (_, it) => {
  test("draws square pictures of its size in three colours, the same for the same numbers", async () => {
    await loadPainters();
    const { min, max } = it.difficulty;
    for (let difficulty = min; difficulty <= max; difficulty++) {
      for (let i = 0; i < 50; i++) {
        const draw = () => it.prompt(new Random(5, Purpose.prompts, difficulty, i), difficulty);
        const picture = pictureOf(draw());
        expect(picture).toHaveLength(it.picture!.size);
        for (const row of picture) expect(row).toMatch(new RegExp(`^[.rgb]{${it.picture!.size}}$`));
        expect(draw()).toEqual(draw());
      }
    }
  });

  test("gives every answer, and none far more often than the others", async () => {
    await loadPainters();
    const difficulty = it.difficulty.default;
    const counts = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      const prompt = it.prompt(new Random(9, Purpose.prompts, i), difficulty);
      const answer = it.demonstration(prompt).join(" ");
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThanOrEqual(2);
    expect(Math.max(...counts.values()) / 2000).toBeLessThan(0.56);
  });
});

const drawn = (rows: string) => [pictureText(rows.trim().split(/\s+/)), "="];

test.each([
  [
    "count-dots",
    "............ ............ ..rr....gg.. ..rr....gg..",
    "1 2",
    "2 dots: row 2, column 2, red; row 2, column 5, green",
  ],
  ["count-dots", "bb rb", "1", "1 dot: row 1, column 1, blue"],
  [
    "find-mark",
    "............ ............ ............ ......bbb... ......bbb... ......bbb...",
    "row 2 column 3",
    "a grid of 4 by 4 with a blue mark in row 2, column 3",
  ],
  [
    "left-of",
    "bb....rr........ bb....rr........ ..gg............ ..gg............",
    "no",
    "a blue square in row 1, column 1; a green square in row 2, column 2; a red square in row 1, column 4",
  ],
  [
    "compare-bars",
    "..bbb....... ..bbb..rrr..",
    "blue by 1",
    "a red bar and a blue one, 1 and 2 pixels high",
  ],
  ["compare-bars", "..bbb..rrr..", "same", "a red bar and a blue one, 1 and 1 pixels high"],
])("%s reads %s: %s", async (id, rows, answer, words) => {
  await loadPainters();
  const prompt = drawn(rows);
  expect(task(id).demonstration(prompt).join(" ")).toBe(answer);
  expect(task(id).picture!.describe(prompt)).toBe(words);
});

test.each([
  [10, 100],
  [3, 9],
])("read-number reads all that it draws: of %i digits %i numbers", async (digits, numbers) => {
  await loadPainters();
  const it = task("read-number");
  const seen = new Set<string>();
  for (let i = 0; i < 3000; i++) {
    const prompt = it.prompt(new Random(2, Purpose.prompts, i), digits);
    seen.add(it.demonstration(prompt).join(""));
    expect(it.picture!.describe(prompt)).toMatch(/^the number \d\d, (red|green|blue)$/);
  }
  expect(seen.size).toBe(numbers);
  expect([...seen].filter((text) => [...text].some((digit) => Number(digit) >= digits))).toEqual(
    [],
  );
});

test("a picture's pixels come colour by colour, row by row", () => {
  expect(pixelsOf(["r.", "bg"])).toEqual([1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0]);
  expect(() => pictureOf(["sort", "="])).toThrow("the prompt begins with sort, not with a picture");
});

test("a picture is one token of the vocabulary", async () => {
  await loadPainters();
  const it = task("find-mark");
  expect(encode(it, drawn("r. .."))).toEqual([it.vocabulary.indexOf("<image>"), 4]);
});
