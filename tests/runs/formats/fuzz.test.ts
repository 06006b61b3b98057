import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseLink } from "../../../src/config/link.ts";
import { initialParameters, parameterLayout } from "../../../src/engine/policy/parameters.ts";
import { unpackParameters } from "../../../src/engine/policy/parameters.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/engine/policy/safetensors.ts";
import { policyShape } from "../../../src/engine/policy/shape-of.ts";
import { task } from "../../../src/tasks/registry.ts";
import { UserError } from "../../../src/base/user-error.ts";
import { readForeign } from "../../../src/runs/logs/foreign-log.ts";
import { policyFolder } from "../../../src/runs/policies/policy-folder.ts";
import { readPolicy } from "../../../src/runs/policies/policy-import.ts";
import { recordSchema } from "../../../src/runs/formats/record-schema.ts";
import { readRunFile, writeRunFile } from "../../../src/runs/formats/run-file.ts";
import { tensorboardEvents } from "../../../src/runs/formats/tensorboard.ts";
import { foreignRecording } from "../../../src/runs/logs/foreign-run.ts";
import { createLogReader } from "../../../src/runs/logs/training-log.ts";
import { writeZip } from "../../../src/runs/formats/zip.ts";
import { fc, fuzzRuns, hangWatch } from "../../support/fuzz.ts";
import { filesInZip } from "../../support/readers/zip.ts";
import { run, wholeRun } from "./example-run.ts";

const numRuns = fuzzRuns(200);

interface Edit {
  kind: "set" | "flip" | "cut" | "insert" | "delete" | "repeat" | "end";
  at: number;
  value: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("set", "flip", "cut", "insert", "delete", "repeat", "end"),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0x7b, 0x22, 0x5b, 0xff)),
});
const edits = fc.array(edit, { minLength: 1, maxLength: 6 });

function bend(bytes: Uint8Array, by: readonly Edit[]): Uint8Array<ArrayBuffer> {
  let bent = new Uint8Array(bytes);
  for (const { kind, at, value } of by) {
    const i = Math.floor(at * bent.length);
    const rest = bent.subarray(i);
    const join = (...parts: Uint8Array[]) => (bent = joined(bent.subarray(0, i), ...parts));
    if (kind === "set") bent[i] = value;
    else if (kind === "flip") bent[i]! ^= 1 << (value & 7);
    else if (kind === "cut") bent = bent.slice(0, i);
    else if (kind === "insert") join(Uint8Array.of(value, value), rest);
    else if (kind === "delete") join(rest.subarray(1 + (value >> 3)));
    else if (kind === "repeat") join(rest.subarray(0, value), rest);
    else bent[Math.max(0, bent.length - 1 - (i % 100))] = value;
  }
  return bent;
}

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** What a program that writes JSON wrongly would put somewhere. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 1e308, 1.5, "", "x".repeat(5000), [], {}, [[[]]]),
  fc.constantFrom<unknown>(
    { $f32: [0, 1e9] },
    { $number: "NaN" },
    { $bytes: [-1, 4] },
    { $u32: [0, 2] },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const jsonEdit = fc.record({ at: fc.nat(10_000), value: strange, drop: fc.boolean() });

/** JSON text with one value, anywhere in it, replaced or left out. */
function bendJson(
  text: string,
  { at, value, drop }: { at: number; value: unknown; drop: boolean },
) {
  const places: (() => void)[] = [];
  const root = { root: JSON.parse(text) as unknown };
  const walk = (holder: object): void => {
    for (const key of Object.keys(holder)) {
      const slots = holder as Record<string, unknown>;
      const inner = slots[key];
      places.push(() => {
        if (drop) delete slots[key];
        else slots[key] = value;
      });
      if (inner !== null && typeof inner === "object") walk(inner);
    }
  };
  walk(root);
  places[at % places.length]?.();
  return JSON.stringify(root.root ?? null);
}

/** Runs it, in time; whatever it throws is a sentence with a remedy. */
function tame<T>(work: () => T): T | null {
  const expectInTime = hangWatch();
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/\.$/);
    expect(error.remedy).toMatch(/\.$/);
    return null;
  } finally {
    expectInTime();
  }
}

const expectTame = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns });

const now = 1_795_000_000_000;

describe("run files", () => {
  const file = writeRunFile(wholeRun);
  const parts = [...filesInZip(file)].map(
    ([name, bytes]) => [name, new Uint8Array(bytes)] as const,
  );

  /** A run that was read can be shown and written: every record is whole. */
  const whole = (bytes: Uint8Array): void => {
    const read = tame(() => readRunFile(bytes, now));
    if (read === null) return;
    for (const { records } of read.records) {
      for (const record of records) expect(recordSchema.safeParse(record).success).toBe(true);
    }
    const again = writeRunFile(read);
    expect(Buffer.from(writeRunFile(readRunFile(again, now))).equals(again)).toBe(true);
  };

  test("bent bytes", () => {
    expectTame(fc.property(edits, (by) => whole(bend(file, by))));
  });

  test("wrong values under right checksums", () => {
    expectTame(
      fc.property(fc.nat(), jsonEdit, (which, by) => {
        const texts = parts.filter(([name]) => name.endsWith(".json"));
        const [chosen = ""] = texts[which % texts.length] ?? [];
        const bent = parts.map(([name, bytes]): [string, Uint8Array<ArrayBuffer>] => [
          name,
          name === chosen
            ? new TextEncoder().encode(bendJson(new TextDecoder().decode(bytes), by))
            : bytes,
        ]);
        whole(writeZip(new Map(bent)));
      }),
    );
  });
});

/** The same header with numbers of 16 bits, all of them 0. */
function asType(file: Uint8Array<ArrayBuffer>, dtype: string): Uint8Array<ArrayBuffer> {
  if (dtype === "F32") return file;
  const start = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(file.subarray(8, start));
  const halved = text
    .replaceAll('"F32"', `"${dtype}"`)
    .replaceAll(/\[(\d+),(\d+)\](?=\})/g, (_, from, to) => `[${from / 2},${to / 2}]`);
  const json = new TextEncoder().encode(halved);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return joined(length, json, new Uint8Array((file.length - start) / 2));
}

describe.each(["F32", "F16", "BF16"])("safetensors of %s", (dtype) => {
  const small = { ...run, policy: { ...run.policy, layers: 1, width: 32, hidden: 32 } };
  const shape = policyShape(small, task(run.task));
  const layout = parameterLayout(shape);
  const values = unpackParameters(layout, initialParameters(shape, 1));
  const tensors = layout.tensors.map(
    ({ name, shape: sizes }) => [name, { shape: sizes, data: values[name]! }] as const,
  );
  const file = asType(encodeSafetensors(Object.fromEntries(tensors)), dtype);
  const header = Number(new DataView(file.buffer).getBigUint64(0, true));

  const folder = policyFolder(small, { maxCompletionLength: 8, temperature: 1 }, {});

  /** Whether it is taken in; then it is so whole. */
  const whole = (bytes: Uint8Array): boolean => {
    const read = tame(() =>
      readPolicy(
        new Map([...folder, ["model.safetensors", new Uint8Array(bytes)] as const]),
        small,
      ),
    );
    if (read === null) return false;
    const decoded = decodeSafetensors(read.file).tensors;
    for (const { name, shape: sizes } of layout.tensors) {
      expect(decoded[name]?.shape).toEqual(sizes);
      expect(decoded[name]?.data.length).toBe(sizes.reduce((product, n) => product * n, 1));
    }
    return true;
  };

  test("as it is", () => expect(whole(file)).toBe(true));

  test("bent bytes, most of them in the header", () => {
    expectTame(
      fc.property(edits, fc.boolean(), (by, anywhere) => {
        const within = anywhere ? file.length : header + 8;
        const bent = bend(file.subarray(0, within), by);
        whole(joined(bent, file.subarray(within)));
      }),
    );
  });

  test("wrong values in a header of the right length", () => {
    expectTame(
      fc.property(jsonEdit, (by) => {
        const text = new TextDecoder().decode(file.subarray(8, 8 + header));
        const json = new TextEncoder().encode(bendJson(text, by));
        const length = new Uint8Array(8);
        new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
        whole(joined(length, json, file.subarray(8 + header)));
      }),
    );
  });
});

describe("training logs", () => {
  const line = (step: number, advantage: number) => ({
    step,
    prompt: "2 + 2",
    completion: "four",
    completion_ids: [7, 8, 2],
    completion_tokens: ["fo", "ur", "</s>"],
    completion_mask: [1, 1, 1],
    per_token_logps: [-1, -0.5, -0.1],
    old_per_token_logps: [-1.1, -0.5, -0.1],
    ref_per_token_logps: [-1.1, -0.5, -0.1],
    entropies: [1, 1, 0],
    advantage,
    rewards: { accuracy: 1 },
  });
  const { step, advantage, prompt, rewards: _, completion: __, ...perToken } = line(3, 1);
  const batch = {
    step,
    eos_token_id: 2,
    prompts: [prompt, prompt],
    advantages: [advantage, -advantage],
    ...Object.fromEntries(Object.entries(perToken).map(([name, row]) => [name, [row, row]])),
  };
  const lines = [
    { config: { beta: 0.1, epsilon: 0.2, num_generations: 2 } },
    ...[1, 2].flatMap((step) => [line(step, 1), line(step, -1)]),
    batch,
  ].map((each) => JSON.stringify(each));

  const whole = (bytes: Uint8Array): void => {
    const log = tame(() => {
      const reader = createLogReader();
      const decoder = new TextDecoder();
      for (let at = 0; at < bytes.length; at += 512) {
        reader.push(decoder.decode(bytes.subarray(at, at + 512), { stream: true }));
      }
      return reader.finish();
    });
    for (const row of log?.steps.flatMap(({ batches }) => batches.flatMap(({ rows }) => rows)) ??
      []) {
      expect(row.per_token_logps).toHaveLength(row.completion_ids.length);
      expect(row.per_token_logps.every(Number.isFinite)).toBe(true);
    }
  };

  test("bent bytes", () => {
    expectTame(
      fc.property(edits, (by) => whole(bend(new TextEncoder().encode(lines.join("\n")), by))),
    );
  });

  test("wrong values", () => {
    expectTame(
      fc.property(fc.nat(), jsonEdit, (which, by) => {
        const bent = lines.with(which % lines.length, bendJson(lines[which % lines.length]!, by));
        whole(new TextEncoder().encode(bent.join("\n")));
      }),
    );
  });
});

describe("logs without tokens", () => {
  const lines = [1, 2, 3].map((step) => ({ step, loss: 0.5, reward: step / 3, "train/kl": 1e-3 }));
  const jsonLines = lines.map((line) => JSON.stringify(line)).join("\n");
  const completions = [1, 2].map((step) =>
    JSON.stringify({ step, prompt: "2 + 2", completion: "4", exact: 1, advantage: 0.5 }),
  );
  const texts: Record<string, string> = {
    "console.txt": lines
      .map((line) => ` 1%|# | ${line.step}/9 [00:01<00:02]{'loss': ${line.loss}, 'reward': nan}`)
      .join("\n"),
    "trainer_state.json": JSON.stringify({ log_history: lines }),
    "history.jsonl": jsonLines,
    "history.csv": `step,loss,"a, b"\n${lines.map(({ step }) => `${step},0.5,"x ""y"""`).join("\n")}`,
    "completions_00001.jsonl": completions.join("\n"),
  };
  const files: [string, Uint8Array][] = [
    ...Object.entries(texts).map(([path, text]): [string, Uint8Array] => [
      path,
      new TextEncoder().encode(text),
    ]),
    [
      "events.out.tfevents.1.x",
      tensorboardEvents(
        lines.map(({ step, ...values }) => ({ step, seconds: step, values })),
        now,
      ),
    ],
    [
      "completions_00002.parquet",
      readFileSync(new URL("../../fixtures/completions.parquet", import.meta.url)),
    ],
  ];

  /** Whatever it throws is a sentence; what it reads can be shown and stored. */
  const whole = async (path: string, bytes: Uint8Array): Promise<void> => {
    try {
      const { records, reports } = foreignRecording(await readForeign(path, bytes));
      expect(reports.length).toBeGreaterThan(0);
      for (const record of records) expect(recordSchema.safeParse(record).error).toBeUndefined();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      expect(error.message).toMatch(/\.$/);
      expect(error.remedy).toMatch(/\.$/);
    }
  };

  test.each(files)("bent bytes of %s", async (path, bytes) => {
    await fc.assert(
      fc.asyncProperty(edits, async (by) => {
        const expectInTime = hangWatch();
        await whole(path, bend(bytes, by));
        expectInTime();
      }),
      { numRuns: Math.ceil(numRuns / 2) },
    );
  });

  test("texts made to be slow are read in linear time", async () => {
    const long = [
      `{${"'a': ".repeat(2e5)}`,
      "{ ".repeat(5e5),
      `"${'""'.repeat(5e5)}`,
      `{'loss': 0.1, ${" ".repeat(1e6)}`,
      `${"1/1 [".repeat(3e5)}{'loss': 1}`,
      `{"a": "${"\\".repeat(5e5)}NaN`,
    ];
    for (const text of long) {
      const expectInTime = hangWatch();
      await whole("x.txt", new TextEncoder().encode(text));
      expectInTime();
    }
  });
});

test("links: bent bytes never throw, and leave a run with all its fields", () => {
  const link = new TextEncoder().encode(
    "?preset=sort&v=1&arms=token,sequence,tight&learning_rate=0.001&token.epsilon=0.1&policy.x=1&lr_scheduler_kwargs={%22a%22:1}&view.stage=2",
  );
  expectTame(
    fc.property(edits, (by) => {
      const parsed = tame(() => parseLink(new TextDecoder().decode(bend(link, by))));
      expect(Object.keys(parsed?.run.grpo ?? {})).toEqual(Object.keys(run.grpo));
      expect(parsed?.run.arms.length).toBeGreaterThan(0);
    }),
  );
});
