import { expect, test } from "vitest";
import { limitLabels } from "../../../src/views/equation/limit-labels.ts";

const y = (ratio: number) => 60 - 80 * Math.log(ratio);
const labels = (limits: { r: number[]; s: number[] }) =>
  limitLabels({ limits, y, gap: 12, room: { low: 4, high: 116 } });

test("every limit keeps its value's place, and its level, where its label is pushed aside", () => {
  const found = labels({ r: [0.8, 1.2], s: [0.97, 1.03] });
  expect(found.map(({ ratio, of }) => [ratio, of])).toEqual([
    [0.8, "r"],
    [1.2, "r"],
    [0.97, "s"],
    [1.03, "s"],
  ]);
  for (const { ratio, at } of found) expect(at).toBe(y(ratio));
  const texts = found.map(({ text }) => text).toSorted((a, b) => a - b);
  for (let i = 1; i < texts.length; i++)
    expect(texts[i]! - texts[i - 1]!).toBeGreaterThanOrEqual(12);
  // Where there is room a label stands at its value.
  expect(found.some(({ at, text }) => at !== text)).toBe(true);
  for (const { at, text } of labels({ r: [0.5, 2], s: [] })) expect(text).toBe(at);
});

test("a limit of both levels has one label, and 1 has one where nothing is near", () => {
  expect(labels({ r: [0.6, 1.6], s: [0.6, 1.6] }).map(({ ratio, of }) => [ratio, of])).toEqual([
    [1, "both"],
    [0.6, "both"],
    [1.6, "both"],
  ]);
});
