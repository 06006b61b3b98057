import { expect, test } from "vitest";
import { splitByRoutes } from "../../src/analysis/route-split.ts";
import { workedExample } from "../support/example-record.ts";
import { withRoutes } from "../support/routed-record.ts";

test("a row's log-ratios come apart token by token, and go together again", () => {
  const record = withRoutes(workedExample());
  const { logp, logpOld, logRatio, columns, length } = record;
  const row = 1;
  const masked = row * columns + 1;
  record.mask[masked] = 0;
  // Other experts add an eighth more at each token than at the one before it.
  const logpOldRoutes = logp.map((value, i) => value - i / 8);
  const splits = splitByRoutes(record, { logpOldRoutes, logpOwnRoutes: logp }, row);
  expect(splits.map(({ token }) => token)).toEqual(
    Array.from({ length: length[row]! }, (_, token) => token).filter((token) => token !== 1),
  );
  for (const { token, same, other } of splits) {
    const i = row * columns + token;
    expect(other).toBeCloseTo(i / 8, 5);
    expect(same).toBeCloseTo(logp[i]! - i / 8 - logpOld[i]!, 5);
    expect(same + other).toBeCloseTo(logRatio[i]!, 5);
  }
});
