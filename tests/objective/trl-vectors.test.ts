import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { runTrlLoss, type TrlLossFile } from "../../src/cli/vectors/trl-loss.ts";
import { withDevice } from "../support/with-device.ts";

test("every case of TRL 1.13.0's loss, advantages and log-probs", () =>
  withDevice(async (device) => {
    const text = await readFile("tests/fixtures/trl-dev.json", "utf8");
    const report = await runTrlLoss(device, JSON.parse(text) as TrlLossFile);
    console.log(JSON.stringify(report.worst));
    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({ cases: 158 + 32 + 4, failed: 0, unsupported: 0 });
  }));
