import { expect, test } from "vitest";
import {
  besideRoof,
  closedSky,
  roofPath,
  skyline,
  tower,
} from "../../../src/views/figure/skyline.ts";
import { workedExample } from "../../support/example-record.ts";

const sky = skyline(41, 0.4);

test("a tower rises from the middle, or hangs from it, in proportion to the log-ratio", () => {
  expect(sky.ground).toBe(20.5);
  expect(tower(sky, 0.2)).toEqual({ y: 20.5 - 9.75, height: 9.75 });
  expect(tower(sky, -0.2)).toEqual({ y: 20, height: 9.75 });
  // A ratio of 1 is a line on the ground, and beyond the scale the row's edge holds it.
  expect(tower(sky, 0)).toEqual({ y: 20, height: 1 });
  expect(tower(sky, 5)).toEqual(tower(sky, 0.4));
});

test("clipping closes the sky on the one side that binds a row, from its level's limit on", () => {
  const record = workedExample();
  const above = closedSky(record, 0, 3, sky)!;
  expect(above.y).toBe(0);
  expect(above.limit).toBeCloseTo(20.5 - (Math.log(1.2) / 0.4) * 19.5, 10);
  expect(above.height).toBe(above.limit);
  const below = closedSky(record, 3, 3, sky)!;
  expect(below.limit).toBeCloseTo(20.5 - (Math.log(0.8) / 0.4) * 19.5, 10);
  expect(below.y + below.height).toBe(41);
  // Where the scale does not reach the limit there is nothing to close.
  expect(closedSky(record, 0, 3, skyline(41, 0.18))).toBeNull();
});

test("a loss without a hard clip, and a row without a push, close nothing", () => {
  const record = workedExample();
  const soft = { ...record, config: { ...record.config, loss_type: "sapo" as const } };
  expect(closedSky(soft, 0, 3, sky)).toBeNull();
  const still = { ...record, advantage: record.advantage.map(() => 0) };
  expect(closedSky(still, 0, 3, sky)).toBeNull();
});

test("the line of a row's one ratio strikes none of its tokens", () => {
  const cap = 9.5;
  for (const height of [29, 43]) {
    const row = skyline(height, 0.4);
    const wanted = height / 2 + cap / 2;
    for (let logRatio = -0.4; logRatio <= 0.4; logRatio += 0.01) {
      const baseline = besideRoof(row, logRatio, wanted, cap);
      const line = row.ground - row.rise(logRatio);
      const clear = line >= baseline + 2 || line <= baseline - cap - 2;
      expect(clear, `${height} px, log s ${logRatio}`).toBe(true);
      expect(baseline - cap).toBeGreaterThanOrEqual(-0.5);
      expect(baseline).toBeLessThanOrEqual(height);
    }
    // Where the line is far the tokens keep their place.
    expect(besideRoof(row, -0.4, cap + 1, cap)).toBe(cap + 1);
  }
  // A row with room for its tokens and nothing beside them.
  expect(besideRoof(skyline(23, 0.4), 0, 16, cap)).toBe(16);
});

test("where a row is too low the line leaves out the ground of each token", () => {
  expect(roofPath(10, 40, 2, null)).toBe("M0 10H79");
  expect(roofPath(10, 40, 2, 1)).toBe("M0 10H12M28 10H52M68 10H79");
  // Of cells as narrow as their glyphs nothing is left out twice.
  expect(roofPath(10, 12, 1, 1)).toBe("M0 10H0M12 10H11");
});
