import { describe, expect, test } from "vitest";

import { pictureTokens, towerDepth } from "../../src/config/architecture-shape.ts";
import type { VisionConfig } from "../../src/config/architecture.ts";
import { checkConfig } from "../../src/config/check.ts";
import { parameterCount } from "../../src/config/parameter-count.ts";
import { longestPrompt } from "../../src/config/prompt-length.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { applyPatch, setField } from "../../src/config/run-fields.ts";
import type { FieldValue } from "../../src/config/field.ts";
import { parameterLayout } from "../../src/engine/policy/parameters.ts";
import { loadedShape } from "../../src/engine/policy/shape-of.ts";
import { task } from "../../src/tasks/registry.ts";

const dots = runFrom("count-dots");
const tower: VisionConfig = dots.policy.vision!;
const withTower = (vision: object | null) => setField(dots, "vision", vision as FieldValue);
const messages = (run: Parameters<typeof checkConfig>[0]) =>
  checkConfig(run).map(({ message }) => message);

test("a policy and its task agree about pictures, and the remedy makes them", () => {
  const blind = withTower(null);
  expect(messages(blind)).toEqual([
    "count-dots shows pictures 12 pixels wide, and the policy's vision is null.",
  ]);
  const [found] = checkConfig(blind);
  const seeing = setField(applyPatch(blind, found!.patch!, null), "warmStart", null);
  expect(checkConfig(seeing)).toEqual([]);
  const wide = withTower({ ...tower, imageSize: 16 });
  expect(applyPatch(wide, checkConfig(wide)[0]!.patch!).policy.vision).toEqual(tower);
  expect(messages(setField(wide, "warmStart", null))).toEqual([
    "count-dots shows pictures 12 pixels wide, and the policy's vision is for 16.",
  ]);
  expect(messages(setField(runFrom("sort"), "vision", { ...tower } as FieldValue))).toEqual([
    "sort shows no pictures, and the policy's vision is for 12.",
  ]);
  const qwen = setField(blind, "architecture", "qwen2");
  expect(checkConfig(qwen)[0]).toMatchObject({
    remedy: "Give a llama a tower for 12 pixels.",
    patch: { architecture: "llama" },
  });
});

test.each<[object, string]>([
  [{ imageSize: 0 }, "vision.imageSize is 0; it is a whole number of at least 1"],
  [{ hidden: 1.5 }, "vision.hidden is 1.5; it is a whole number of at least 1"],
  [{ channels: -1 }, "vision.channels is -1"],
  [{ heads: 5 }, "vision.heads is 5; it is a divisor of width, 32"],
  [{ patchSize: 13 }, "vision.patchSize is 13; it is at most imageSize, 12"],
  [{ featureLayer: 4 }, "vision.featureLayer is 4; it is from 0 to 3, or below 0 from the end"],
  [{ featureLayer: -5 }, "vision.featureLayer is -5"],
  [{ layerNormEps: 0 }, "vision.layerNormEps is 0; it is a number above 0"],
  [{ selectStrategy: "cls" }, "vision.selectStrategy is cls; it is default or full"],
  [{ frozen: "no" }, "vision.frozen is no; it is true or false"],
  [{ depth: 3 }, "vision has depth, which is none of imageSize"],
])("a tower with %j is refused", (wrong, says) => {
  expect(messages(withTower({ ...tower, ...wrong }))[0]).toContain(says);
});

test("an architecture other than Llama has no tower", () => {
  expect(messages(setField(dots, "architecture", "qwen2"))[0]).toContain("qwen2 has no vision");
});

describe("a tower", () => {
  test("computes the layers up to the one whose state is taken", () => {
    expect([-1, -2, 0, 2].map((featureLayer) => towerDepth({ ...tower, featureLayer }))).toEqual([
      3, 2, 0, 2,
    ]);
    expect(towerDepth(tower)).toBe(2);
  });

  test("gives a picture as many tokens as patches, and the class token where it stays", () => {
    expect(pictureTokens(tower)).toBe(9);
    expect(pictureTokens({ ...tower, selectStrategy: "full" })).toBe(10);
    expect(pictureTokens({ ...tower, patchSize: 5 })).toBe(4);
    expect(longestPrompt(dots, task("count-dots"))).toBe(10);
    expect(longestPrompt(runFrom("sort"), task("sort"))).toBe(6);
  });

  test.each([
    {},
    { channels: 1, heads: 4 },
    { patchSize: 5, width: 30, hidden: 50 },
    { layers: 1 },
  ])("with %j has as many parameters as are counted", async (more) => {
    const { hidden: _, ...plain } = tower;
    const run = withTower({ ...plain, ...more });
    const shape = await loadedShape(run, task("count-dots"));
    expect(parameterCount(run.policy, shape.vocab)).toBe(parameterLayout(shape).count);
  });
});
