import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import type { StepRecord } from "../../src/record/record.ts";
import { parseRecording, recordingToJson } from "../../src/runs/recording.ts";
import { answer, answered } from "../support/example-film.ts";
import { pictures } from "./formats/example-run.ts";
import { makeRecord, report, run } from "../support/make-record.ts";

const LENT = { arm: "sequence", epsilon: 0.03, epsilon_high: 0.04, delta: null };

/** A record of which everything follows that can: ratios 1.25, 0.8, 1 and 1.1, 0.6. */
function consistent(level: StepRecord["level"]): StepRecord {
  const logRatio = Float32Array.from([1.25, 0.8, 1, 1.1, 0.6, 1], Math.log);
  const logpOld = Float32Array.of(-1, -2, -0.5, -1, -3, 0);
  const sequenceRatio = Float32Array.of(1, Math.exp((Math.log(1.1) + Math.log(0.6)) / 2));
  const tokenRatio = Float32Array.of(1.25, 0.8, 1, 1.1, 0.6, 0);
  const tokenCoefficient = Float32Array.of(0, 0.8, 1, -1.1, 0, 0);
  const sequenceCoefficient = Float32Array.of(1, -sequenceRatio[1]!);
  const s = sequenceCoefficient;
  const coefficient =
    level === "token" ? tokenCoefficient : Float32Array.of(s[0]!, s[0]!, s[0]!, s[1]!, s[1]!, 0);
  return makeRecord({
    level,
    ...(level === "token" ? { otherClip: LENT } : {}),
    logp: logpOld.map((value, i) => value + logRatio[i]!),
    logpOld,
    logpSampled: logpOld,
    logRatio,
    tokenRatio,
    sequenceRatio,
    tokenCoefficient,
    sequenceCoefficient,
    coefficient,
    gradient: coefficient.map((value, i) => value / (2 * (i < 3 ? 3 : 2))),
  });
}

describe("a recording", () => {
  test.each(["token", "sequence"] as const)(
    "leaves out what follows, and has it back: %s level",
    (level) => {
      const record = consistent(level);
      const json = recordingToJson({ run, reports: [report(1)], records: [record] });
      expect(json).not.toMatch(/"(logp|tokenRatio|sequenceRatio|coefficient|gradient|mask)":/);
      const [back] = parseRecording(json).records;
      expect(back!.otherClip).toEqual(record.otherClip);
      for (const [name, value] of Object.entries(record)) {
        const held: unknown = Reflect.get(back!, name);
        if (name === "metrics") expect(held).toEqual(report(1).metrics);
        else if (value instanceof Float32Array) expectClose(held, value, name);
        else expect(held, name).toEqual(value);
      }
    },
  );

  test("keeps what the arms answered, where they were asked", () => {
    const answers = [answered("token", 0, answer("13", 0.2), answer("1233…", 0))];
    const recording = { run, reports: [], records: [] };
    expect(parseRecording(recordingToJson({ ...recording, answers })).answers).toEqual(answers);
    expect(parseRecording(recordingToJson(recording))).not.toHaveProperty("answers");
  });

  test("has each picture of its prompts once, and reads those that stand in every text", () => {
    const rows = [pictures[0]!, pictures[2]!].map((picture) => `${picture} = 3`);
    const record = { ...consistent("token"), prompt: rows };
    const asked = [answered("token", 0, { ...answer("13", 0.2), prompt: [pictures[2]!, "="] })];
    const recording = { run, reports: [report(1)], records: [record, record], answers: asked };
    const json = recordingToJson(recording);
    expect(json.split("<picture>")).toHaveLength(3);
    const back = parseRecording(json);
    expect(back.records.map(({ prompt }) => prompt)).toEqual([rows, rows]);
    expect(back.answers).toEqual(asked);
    // As recordings were before.
    const { pictures: listed, ...root } = JSON.parse(json);
    expect(listed).toEqual([pictures[0], pictures[2]]);
    const former = JSON.stringify({
      ...root,
      records: root.records.map((each: object) => ({ ...each, prompt: rows })),
      answers: asked,
    });
    expect(parseRecording(former)).toEqual(back);
    expect(() => parseRecording(JSON.stringify({ ...root, pictures: [] }))).toThrow("picture");
    expect(recordingToJson({ ...recording, records: [], answers: [] })).not.toContain("pictures");
  });

  test("keeps what does not follow as it is", () => {
    const record = consistent("token");
    record.gradient[1] = 7;
    record.sequenceRatio[0] = 2;
    const json = recordingToJson({ run, reports: [], records: [record] });
    const [back] = parseRecording(json).records;
    expect(back!.gradient).toEqual(record.gradient);
    expect(back!.sequenceRatio).toEqual(record.sequenceRatio);
    expect(back!.metrics).toEqual(record.metrics);
  });

  test("keeps the rewards of every row, also where there are as many functions as rows", () => {
    const rewards = [Float32Array.of(1, 0.5), Float32Array.of(0, 0.25)];
    const length = Uint32Array.of(3, 1);
    const record = makeRecord({ rewardNames: ["exact", "stops"], rewards, length });
    const json = recordingToJson({ run, reports: [], records: [record] });
    expect(parseRecording(json).records[0]!.rewards).toEqual(rewards);
  });
});

describe("the recorded run that the page opens with", () => {
  const recorded = readFile("public/recordings/default.json", "utf8").then(parseRecording);

  test("is the default preset's, and holds every step of every arm", async () => {
    const { run: own, reports, records } = await recorded;
    expect(own).toEqual(JSON.parse(JSON.stringify(runFrom())));
    const steps = [...new Set(reports.map(({ step }) => step))];
    expect(steps.length).toBeGreaterThanOrEqual(24);
    const places = (each: readonly { step: number; arm: string }[]) =>
      each.map(({ step, arm }) => `${step} ${arm}`);
    expect(places(records)).toEqual(places(reports));
  });

  test("each arm's other level is judged by the other arm's ε, which clips", async () => {
    const { records } = await recorded;
    const clipped = (verdicts: Uint32Array) => verdicts.some((cut) => cut === 1);
    for (const { arm, otherClip } of records) {
      expect(otherClip).toMatchObject(
        arm === "token" ? { arm: "sequence", epsilon: 0.03 } : { arm: "token", epsilon: 0.2 },
      );
    }
    const moved = records.filter(({ arm, innerStep }) => arm === "token" && innerStep === 3);
    expect(moved.length).toBeGreaterThanOrEqual(6);
    expect(moved.filter(({ sequenceClipped }) => !clipped(sequenceClipped))).toEqual([]);
  });

  test("its numbers are those that the GPU counted", async () => {
    for (const record of (await recorded).records) {
      const logs = [...record.logRatio].filter((_, i) => record.mask[i]);
      if (record.innerStep === 0) {
        expect(logs.every((value) => value === 0)).toBe(true);
        expect([...record.sequenceRatio].every((ratio) => ratio === 1)).toBe(true);
      }
      const { metrics } = record;
      expect(deviation(logs)).toBeCloseTo(metrics["ratio/token_std"]!, 4);
      expect(deviation([...record.sequenceRatio].map(Math.log))).toBeCloseTo(
        metrics["ratio/sequence_std"]!,
        4,
      );
      expect(mean([...record.tokenClipped].filter((_, i) => record.mask[i]))).toBeCloseTo(
        metrics["ratio/token_clipped"]!,
        4,
      );
    }
  });
});

function expectClose(held: unknown, value: Float32Array, name: string): void {
  if (!(held instanceof Float32Array)) throw new Error(`${name} is no array`);
  expect(held.length).toBe(value.length);
  value.forEach((each, i) => expect(held[i], name).toBeCloseTo(each, 5));
}

const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;

function deviation(x: readonly number[]): number {
  const centre = mean(x);
  return Math.sqrt(mean(x.map((value) => (value - centre) ** 2)));
}
