import { expect, test } from "vitest";
import { ARM_MARKERS, armMarkers } from "../../../src/store/run/arms.ts";
import { ARM_STYLES } from "../../../src/views/controls/arm-marks.ts";
import { run } from "../../support/make-record.ts";

const armsOf = (...levels: ("token" | "sequence")[]) =>
  Object.values(
    armMarkers({
      ...run,
      arms: levels.map((level, i) => ({
        name: `arm ${i}`,
        overrides: { importance_sampling_level: level },
      })),
    }),
  );

test("the first two arms are square and diamond by their level", () => {
  expect(armsOf("token", "sequence")).toEqual(["square", "diamond"]);
  expect(armsOf("sequence", "token")).toEqual(["diamond", "square"]);
  expect(armsOf("token", "token")).toEqual(["square", "diamond"]);
});

test("eight arms have eight markers, each with its shape, colour and dashes", () => {
  const eight = armsOf("token", "sequence", "token", "token", "token", "token", "token", "token");
  expect(new Set(eight).size).toBe(8);
  const styles = ARM_MARKERS.map((marker) => ARM_STYLES[marker]);
  for (const of of ["shape", "colour", "dashes"] as const) {
    expect(new Set(styles.map((style) => style[of])).size, of).toBe(8);
  }
});
