import { afterAll, expect, test } from "vitest";
import { readWarmStart } from "../../../src/cli/warm-start-file.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import type { ArmConfig, GRPOConfig, RunConfig } from "../../../src/config/types.ts";
import { otherClip } from "../../../src/engine/training/other-clip.ts";
import { recordToJson, type StepRecord } from "../../../src/record/record.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { armAt, content as contentOf } from "../../support/small-run.ts";
import { openDevice } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);
const weights = await readWarmStart("sort");

const arm = (level: "token" | "sequence", epsilon: number): ArmConfig => armAt(level, { epsilon });

/** Eight completions a rollout, gone through four times. */
function small(arms: readonly ArmConfig[]): RunConfig {
  const run = runFrom("sort", { seed: 5 });
  const passes = {
    per_device_train_batch_size: 8,
    steps_per_generation: 1,
    num_iterations: 4,
    num_generations: 8,
  };
  return { ...run, arms, grpo: { ...run.grpo, ...passes } };
}

const create = (sequence: number): Promise<Run> =>
  createRun({ device, config: small([arm("token", 0.2), arm("sequence", sequence)]), weights });

/** Metrics of the token arm that say what the sequence level would do, and the time. */
const OF_OTHER: ReadonlySet<string> = new Set([
  "step_time",
  "ratio/sequence_clipped",
  "ratio/sequence_limit_low",
  "ratio/sequence_limit_high",
]);

/** What training leaves of a step: nothing that the other level's band may change. */
function trained({
  otherClip: _,
  sequenceClipped: _clipped,
  sequenceCoefficient: _kept,
  ...rest
}: StepRecord) {
  const metrics = Object.entries(rest.metrics).filter(([name]) => !OF_OTHER.has(name));
  const { sequenceClipped: ___, ...histograms } = rest.histograms;
  const json = recordToJson(rest as StepRecord);
  return JSON.stringify({ ...json, metrics, histograms });
}

const content = (records: readonly StepRecord[]): string[] => records.map(contentOf);

const count = (verdicts: Uint32Array): number => verdicts.reduce((sum, cut) => sum + cut, 0);

test("an arm's record has the other arm's band, from the step of a change on; training has not", async () => {
  const [run, other] = await Promise.all([create(0.03), create(5)]);
  const records: StepRecord[][] = [];
  let stored: Awaited<ReturnType<Run["checkpoint"]>> | null = null;
  for (let step = 0; step < 4; step++) {
    if (step === 2) stored = await run.checkpoint();
    if (step === 3) {
      run.change("sequence", { epsilon: 0.01, epsilon_high: 0.02 });
    }
    const taken = await run.advance();
    records.push(taken);
    const [elsewhere] = await other.advance();
    expect(trained(taken[0]!)).toBe(trained(elsewhere!));
    expect(elsewhere!.otherClip?.epsilon).toBe(5);
    expect(count(elsewhere!.sequenceClipped)).toBe(0);
  }
  const none = { epsilon_high: null, delta: null };
  expect(records[2]![0]!.otherClip).toEqual({ arm: "sequence", epsilon: 0.03, ...none });
  expect(records[2]![1]!.otherClip).toEqual({ arm: "token", epsilon: 0.2, ...none });
  expect(records[3]![0]!.otherClip).toMatchObject({ epsilon: 0.01, epsilon_high: 0.02 });
  expect(records[3]![0]!.metrics["ratio/sequence_limit_high"]).toBeCloseTo(1.02, 12);
  // The verdicts are the band's: what is outside of it, on the side that A decides, is cut off.
  for (const [low, high, [token, sequence]] of [
    [0.97, 1.03, records[2]!],
    [0.99, 1.02, records[3]!],
  ] as const) {
    const cut = token!.sequenceRatio.map((ratio, row) =>
      (token!.advantage[row]! > 0 && ratio > high) || (token!.advantage[row]! < 0 && ratio < low)
        ? 1
        : 0,
    );
    expect([...token!.sequenceClipped]).toEqual([...cut]);
    expect(count(token!.sequenceClipped)).toBeGreaterThan(0);
    expect(token!.metrics["ratio/sequence_clipped"]).toBeCloseTo(count(token!.sequenceClipped) / 8);
    expect(count(token!.histograms.sequenceClipped)).toBe(count(token!.sequenceClipped));
    expect(sequence!.level).toBe("sequence");
  }

  // The other level's step is taken with its own band, as its arm would take it.
  const found = await run.counterfactual(run.arms[0]!.name, run.step);
  const { columns, mask, sequenceCoefficient } = records[3]![0]!;
  expect([...found.other.coefficient]).toEqual(
    Array.from(mask, (counts, i) => (counts ? sequenceCoefficient[Math.floor(i / columns)]! : 0)),
  );

  // Continued from what was stored, the change is made again and the record has its every bit.
  const again = await create(0.03);
  const fields: Partial<GRPOConfig> = { epsilon: 0.01, epsilon_high: 0.02 };
  const changes = [{ step: 3, arm: "sequence", fields }];
  expect(await again.resume({ checkpoint: stored, changes, step: 3 })).toBe(1);
  expect(content(await again.advance())).toEqual(content(records[3]!));
  for (const each of [run, other, again]) each.destroy();
});

test("which band the other level has", () => {
  const config = (set: Partial<GRPOConfig>): GRPOConfig => ({ ...runFrom("sort").grpo, ...set });
  const at = (name: string, level: GRPOConfig["importance_sampling_level"], epsilon: number) => ({
    name,
    config: config({ importance_sampling_level: level, loss_type: "grpo", epsilon }),
  });
  const token = at("token", "token", 0.2);
  const perToken = at("gspo-token", "sequence_token", 0.05);
  const later = at("later", "sequence", 0.01);
  const [first, second] = [
    otherClip(token, [token, perToken, later]),
    otherClip(later, [token, perToken, later]),
  ];
  expect(first).toEqual({ arm: "gspo-token", epsilon: 0.05, epsilon_high: null, delta: null });
  expect(second?.arm).toBe("token");
  expect(otherClip(perToken, [perToken, later])).toBeNull();
  // A cap on the weight is no clip limit, and the other way round.
  const capped = { ...later, config: { ...later.config, loss_type: "cispo" as const } };
  expect(otherClip(token, [token, capped])).toBeNull();
  expect(otherClip(token, [token, capped, perToken])?.arm).toBe("gspo-token");
});
