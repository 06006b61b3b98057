import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type CausalLmFile, runCausalLm } from "../../src/vectors/causal-lm.ts";
import { decode } from "../../src/vectors/decode.ts";
import { runLlama, type LlamaFile } from "../../src/vectors/llama.ts";
import { type MoeFile, runMoe } from "../../src/vectors/moe.ts";
import { runTrlTrace, type TraceFile } from "../../src/vectors/trl-trace.ts";
import { runOptimizer, type OptimizerFile } from "../../src/vectors/optimizer.ts";
import { runVisionLm, type VisionLmFile } from "../../src/vectors/vision-lm.ts";
import { runSchedules, type SchedulesFile } from "../../src/vectors/schedules.ts";
import { relativeError, Tally } from "../../src/vectors/report.ts";
import { withDevice, withRegisters } from "../support/with-device.ts";

const fixture = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(new URL(`../fixtures/${name}`, import.meta.url), "utf8")) as T;

describe("the reference vectors pass", () => {
  test("torch's AdamW with clip_grad_norm_", () =>
    withDevice(async (device) => {
      const report = await runOptimizer(device, await fixture<OptimizerFile>("optimizer.json"));
      expect(report).toMatchObject({ cases: 3, failed: 0, unsupported: 0, failures: [] });
    }));

  test("transformers' Llama: values, gradients, left padding, the cached decoder", () =>
    withDevice(async (device) => {
      const report = await runLlama(
        withRegisters(device),
        await fixture<LlamaFile>("llama.json"),
        decode,
      );
      expect(report).toMatchObject({ cases: 4, failed: 0, unsupported: 0, failures: [] });
    }));

  test("transformers' models of every architecture: values, gradients, routes, replay, the decoder", () =>
    withDevice(async (device) => {
      const file = await fixture<CausalLmFile>("models.json");
      const report = await runCausalLm(withRegisters(device), file, decode);
      expect(report).toMatchObject({ cases: 9, failed: 0, unsupported: 0, failures: [] });
    }));

  test("transformers' blocks of experts: outputs, gradients, the load-balancing loss", () =>
    withDevice(async (device) => {
      const report = await runMoe(withRegisters(device), await fixture<MoeFile>("moe.json"));
      expect(report).toMatchObject({ cases: 6, failed: 0, unsupported: 0, failures: [] });
    }));

  test("transformers' LLaVA: features, values, gradients down to the pixels, the decoder", () =>
    withDevice(async (device) => {
      const file = await fixture<VisionLmFile>("llava.json");
      const report = await runVisionLm(withRegisters(device), file, decode);
      expect(report).toMatchObject({ cases: 3, failed: 0, unsupported: 0, failures: [] });
    }));

  test("whole runs of TRL's GRPOTrainer", () =>
    withDevice(async (device) => {
      const report = await runTrlTrace(
        withRegisters(device),
        await fixture<TraceFile>("trl-trace.json"),
      );
      expect(report).toMatchObject({ cases: 8, failed: 0, unsupported: 0, failures: [] });
      // What the page says of these runs, which is far less than TRL's tolerances allow.
      expect(report.worst.loss).toBeLessThan(2e-6);
      expect(report.worst.grad_norm).toBeLessThan(1e-5);
      expect(report.worst["weights, 1 − cosine of the update"]).toBeLessThan(1e-7);
    }));

  test("whole runs of TRL's GRPOTrainer on mixtures", () =>
    withDevice(async (device) => {
      const report = await runTrlTrace(
        withRegisters(device),
        await fixture<TraceFile>("trl-trace-moe.json"),
      );
      expect(report).toMatchObject({ cases: 3, failed: 0, unsupported: 0, failures: [] });
      expect(report.worst.loss).toBeLessThan(5e-6);
      expect(report.worst.grad_norm).toBeLessThan(1e-5);
      expect(report.worst.aux_loss).toBeLessThan(1e-6);
      expect(report.worst["weights, 1 − cosine of the update"]).toBeLessThan(1e-7);
    }));

  test("transformers' schedules and warmup", async () => {
    const report = await runSchedules(await fixture<SchedulesFile>("schedules.json"));
    expect(report).toMatchObject({ cases: 298, failed: 0, unsupported: 0, failures: [] });
  });
});

test("a wrong number in a file fails its case", async () => {
  const file = await fixture<SchedulesFile>("schedules.json");
  file.cases[5]!.multipliers![3]! += 1e-6;
  file.warmup_steps_to_int[7]!.result += 1;
  const report = await runSchedules(file);
  expect(report.failed).toBe(2);
  expect(report.failures[0]).toContain("multiplier is off by 1.00e-6");
});

describe("a tally", () => {
  test("fails a case on NaN, on a throw and above the bound, and names why", async () => {
    const tally = new Tally("kind");
    await tally.case("right", () => tally.check("x", 0.1, 0.2));
    await tally.case("undefined", () => tally.check("x", NaN, 0.2));
    await tally.case("thrown", () => {
      throw new Error("no such thing");
    });
    tally.unsupported("later", "not yet");
    expect(tally.report()).toEqual({
      kind: "kind",
      cases: 4,
      failed: 2,
      unsupported: 1,
      worst: { x: Infinity },
      failures: [
        "undefined: x is off by Infinity, allowed 2.00e-1",
        "thrown: no such thing",
        "later: not yet",
      ],
    });
  });

  test("measures against the largest magnitude", () => {
    expect(relativeError([1, 10.1], [1, 10])).toBeCloseTo(0.01);
    expect(relativeError([0, 0], [0, 0])).toBe(0);
    expect(relativeError([1], [0])).toBe(Infinity);
    expect(relativeError([NaN, 1], [1, 1])).toBe(Infinity);
    expect(relativeError([1], [1, 1])).toBe(Infinity);
  });
});
