import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { runTrlLoss, type TrlLossFile } from "../../../src/vectors/trl-loss.ts";
import { sharedDevice } from "../../support/shared-device.ts";

const device = sharedDevice();

const fixture = async (): Promise<TrlLossFile> =>
  JSON.parse(
    await readFile(new URL("../../fixtures/trl-dev.json", import.meta.url), "utf8"),
  ) as TrlLossFile;

test("every case of TRL 1.13.0's loss, advantages and log-probs", async () => {
  const report = await runTrlLoss(device(), await fixture());
  expect(report.failures).toEqual([]);
  expect(report).toMatchObject({ cases: 158 + 32 + 4, failed: 0, unsupported: 0 });
});

test("a wrong number in the file fails its case", async () => {
  const { batches, cases, advantage_cases } = await fixture();
  const [first, second] = cases;
  first!.expected.grad_new_logps[5]![0]! += 0.01;
  second!.expected.metrics["clip_ratio/low_mean"]! += 1e-3;
  advantage_cases[8]!.expected.advantages[0]! += 1e-3;
  const report = await runTrlLoss(device(), {
    batches,
    cases: [first!, second!],
    advantage_cases: [advantage_cases[8]!],
    logits_cases: [],
  });
  expect(report.failed).toBe(3);
});
