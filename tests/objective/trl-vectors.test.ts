import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { runTrlLoss, type TrlLossFile } from "../../src/cli/vectors/trl-loss.ts";
import { withDevice } from "../support/with-device.ts";

test("every case of TRL 1.13.0's loss, advantages and log-probs", () =>
  withDevice(async (device) => {
    const text = await readFile(new URL("../fixtures/trl-dev.json", import.meta.url), "utf8");
    const report = await runTrlLoss(device, JSON.parse(text) as TrlLossFile);
    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({ cases: 158 + 32 + 4, failed: 0, unsupported: 0 });
  }));

test("a wrong number in the file fails its case", () =>
  withDevice(async (device) => {
    const text = await readFile(new URL("../fixtures/trl-dev.json", import.meta.url), "utf8");
    const { batches, cases, advantage_cases } = JSON.parse(text) as TrlLossFile;
    const [first, second] = cases;
    first!.expected.grad_new_logps[5]![0]! *= 1.01;
    second!.expected.metrics["clip_ratio/low_mean"]! += 1e-3;
    advantage_cases[8]!.expected.advantages[0]! += 1e-3;
    const report = await runTrlLoss(device, {
      batches,
      cases: [first!, second!],
      advantage_cases: [advantage_cases[8]!],
      logits_cases: [],
    });
    expect(report.failed).toBe(3);
  }));
