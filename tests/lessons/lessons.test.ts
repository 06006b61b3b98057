import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { GroupChoice } from "../../src/analysis/rows.ts";
import { clipsMore as clipsMoreExperiment } from "../../src/experiments/clips-more.ts";
import { readResult } from "../../src/experiments/result.ts";
import { LESSON_IDS, type LessonId } from "../../src/lessons/ids.ts";
import { answerText, isAnswerTo, isRight } from "../../src/lessons/judge.ts";
import type { Material, Scene } from "../../src/lessons/lesson.ts";
import { LESSONS, lessonOf } from "../../src/lessons/lessons.ts";
import { retainRecords } from "../../src/record/retained-records.ts";
import type { StepRecord } from "../../src/record/record.ts";
import { parseRecording } from "../../src/runs/recording.ts";
import { appendAll } from "../../src/store/run/history.ts";

const recording = parseRecording(
  readFileSync(new URL("../../public/recordings/default.json", import.meta.url), "utf8"),
);
const resultOf = (name: string) =>
  readResult(
    JSON.parse(
      readFileSync(new URL(`../../public/experiments/${name}.json`, import.meta.url), "utf8"),
    ),
  );
const clipsMore = resultOf("clips-more");
const spreadOfS = resultOf("spread-of-s");
const recorded: Material = {
  retained: retainRecords([], recording.records),
  history: appendAll([], recording.reports, () => "token"),
  clipsMore,
  spreadOfS,
};

const scenesOf = (id: LessonId, material = recorded): readonly Scene[] =>
  lessonOf(id).scenes(material);

/** The record that a recorded scene is about. */
function recordOf({ revealed: { batch } }: Scene, material = recorded): StepRecord {
  if (batch.kind !== "recorded") throw new Error("the scene is about the example");
  const step = material.retained.find((each) => each.step === batch.step);
  const record = step?.records[batch.arm];
  if (record === undefined) throw new Error(`there is no step ${batch.step} of ${batch.arm}`);
  return record;
}

/** The same run with other records. */
const changed = (change: (record: StepRecord) => StepRecord): Material => ({
  ...recorded,
  retained: retainRecords([], recording.records.map(change)),
});

const rowsOf = (record: StepRecord, group: GroupChoice): number[] =>
  Array.from({ length: record.rows }, (_, row) => row).filter(
    (row) => typeof group === "string" || record.group[row] === group,
  );

/** Log-ratios of a row, of the tokens in the loss. */
const logRatios = (record: StepRecord, row: number): number[] =>
  Array.from({ length: record.columns }, (_, t) => row * record.columns + t)
    .filter((index) => record.mask[index] === 1)
    .map((index) => record.logRatio[index]!);

const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);

/** A cut on the one side that the advantage leaves. */
const cut = (ratio: number, A: number, low: number, high: number): boolean =>
  (A > 0 && ratio > 1 + high) || (A < 0 && ratio < 1 - low);

/** The group a recorded scene shows. */
const groupOf = ({ revealed: { batch } }: Scene): GroupChoice =>
  batch.kind === "recorded" ? batch.group : "all";

test("there is a lesson for every name, in order", () => {
  expect(LESSONS.map(({ id }) => id)).toEqual([...LESSON_IDS]);
});

describe.each(LESSONS)("lesson $id", ({ id, batch, tryThis }) => {
  test("has scenes on the recorded run, whose texts and answers are whole", () => {
    const scenes = scenesOf(id);
    expect(scenes.length).toBeGreaterThan(0);
    for (const { say, question, why, table, asked, revealed } of scenes) {
      const texts = [say, question.ask, why, ...(table?.rows.flat() ?? [])];
      for (const text of texts) expect(text).not.toMatch(/NaN|undefined|Infinity|∞/);
      if (table) expect(new Set(table.head).size).toBe(table.head.length);
      expect(why.endsWith(".")).toBe(true);
      expect(isAnswerTo(question, question.right)).toBe(true);
      expect(isRight(question, question.right)).toBe(true);
      expect(answerText(question, question.right)).not.toBe("");
      if (question.kind === "choose") {
        expect(new Set(question.options).size).toBe(question.options.length);
        expect(question.options[question.right]).toBeDefined();
      }
      if (question.kind === "place") {
        expect(Math.abs(Math.log(question.right))).toBeLessThan(question.reach);
      }
      for (const view of [asked, revealed, tryThis(recorded).view]) {
        if (view.batch.kind !== "recorded") continue;
        const { step, arm, group } = view.batch;
        const record = recorded.retained.find((each) => each.step === step)?.records[arm];
        expect(record).toBeDefined();
        expect(rowsOf(record!, group).length).toBeGreaterThan(1);
      }
    }
  });

  test("says nothing of a run without a batch for it", () => {
    const nothing = {
      retained: [],
      history: [],
      clipsMore: { steps: 0, outcomes: [] },
      spreadOfS: { outcomes: [] },
    };
    expect(scenesOf(id, nothing).length > 0).toBe(batch === "example");
    expect(tryThis(nothing).view.batch.kind).toBe("example");
  });
});

test("1: the figures are identical at k = 0 because nothing has moved there, and not otherwise", () => {
  const [scene] = scenesOf("identity");
  const record = recordOf(scene!);
  expect(record.innerStep).toBe(0);
  expect([...record.tokenRatio].every((r, i) => record.mask[i] === 0 || r === 1)).toBe(true);
  expect(scene!.question.right).toBe(2);
  const moved = scenesOf(
    "identity",
    changed((each) =>
      each.innerStep > 0 ? each : { ...each, tokenRatio: each.tokenRatio.map((r) => r * 1.01) },
    ),
  );
  expect(moved[0]!.question.right).toBe(1);
});

test("1: the numbers of its answer are the tokens of the rows shown, and how far apart the figures were", () => {
  const [scene] = scenesOf("identity") as [Scene];
  const record = recordOf(scene);
  const rows = rowsOf(record, groupOf(scene));
  const tokens = sum(rows.map((row) => logRatios(record, row).length));
  expect(scene.why).toContain(`each of these ${tokens} tokens has the ratio 1`);
  // As plain numbers: |r − s| of every token on screen before the answer, and of no other batch more.
  const apart = (each: StepRecord, group: GroupChoice) =>
    Math.max(
      ...rowsOf(each, group).flatMap((row) => {
        const d = logRatios(each, row);
        const s = Math.exp(sum(d) / d.length);
        return d.map((one) => Math.abs(Math.exp(one) - s));
      }),
    );
  const { batch } = scene.asked;
  if (batch.kind !== "recorded") throw new Error("the scene is about the example");
  const later = recorded.retained.find(({ step }) => step === batch.step)!.records[batch.arm]!;
  const far = apart(later, batch.group);
  expect(far).toBeGreaterThan(0.1);
  expect(scene.why).toContain(`at k = ${later.innerStep} it was ${far.toFixed(3)}`);
  expect(scene.why).toContain("the largest difference between the figures is 0,");
});

test("2: the tokens and rows that the example drops are those of the clip rule", () => {
  // The example as product.md has it, clipped by hand.
  const rows = [
    { A: 1, d: [0, 0.02, -0.01, 0.26, 0.01, 0] },
    { A: 1, d: [0.01, -0.02, -0.3, 0.02, 0, 0.03] },
    { A: -1, d: [0.05, 0.04, 0.06, 0.05, 0.04, 0.06] },
    { A: -1, d: [-0.04, 0.31, -0.33, 0.02, 0.01, 0.03] },
  ];
  const cells = rows.flatMap(({ A, d }, row) =>
    d.flatMap((each, token) => (cut(Math.exp(each), A, 0.2, 0.2) ? [`${row}-${token}`] : [])),
  );
  const dropped = rows.flatMap(({ A, d }, row) =>
    cut(Math.exp(sum(d) / d.length), A, 3e-4, 4e-4) ? [row] : [],
  );
  const [tokens, whole] = scenesOf("hot-token");
  expect(tokens!.question.right).toEqual(cells);
  expect(whole!.question.right).toEqual(dropped);
  expect(isRight(tokens!.question, cells.toReversed())).toBe(true);
  expect(isRight(tokens!.question, [...cells, "1-2"])).toBe(false);
  expect(isRight(tokens!.question, cells.slice(1))).toBe(false);
});

test("3: s is the geometric mean of the row’s ratios, which moved to both sides", () => {
  const [{ question, revealed }] = scenesOf("opposite-moves") as [Scene];
  const record = recordOf(scenesOf("opposite-moves")[0]!);
  const d = logRatios(record, revealed.row!);
  expect(Math.min(Math.max(...d), -Math.min(...d))).toBeGreaterThan(0.1);
  const s = Math.exp(sum(d) / d.length);
  expect(question.right).toBeCloseTo(s, 4);
  // The arithmetic mean of the outermost token is no answer.
  expect(isRight(question, s * 1.01)).toBe(true);
  expect(isRight(question, Math.exp(Math.max(...d)))).toBe(false);
  expect(isRight(question, Math.exp(Math.min(...d)))).toBe(false);
});

test("4: without the division the ratio is the product, and so many rows would be dropped", () => {
  const [where, count] = scenesOf("why-length") as [Scene, Scene];
  const record = recordOf(where);
  expect(where.question.right).toBeCloseTo(
    Math.exp(sum(logRatios(record, where.revealed.row!))),
    4,
  );
  const { epsilon, epsilon_high } =
    record.level === "token" ? (record.otherClip ?? record.config) : record.config;
  const rows = rowsOf(record, groupOf(count));
  const dropped = rows.filter((row) =>
    cut(
      Math.exp(sum(logRatios(record, row))),
      record.advantage[row]!,
      epsilon,
      epsilon_high ?? epsilon,
    ),
  );
  const { question } = count;
  if (question.kind !== "choose") throw new Error("it is chosen");
  expect(question.options[question.right]).toBe(`${dropped.length} of ${rows.length} rows`);
  expect(count.table!.rows.map((cells) => cells[5] === "yes")).toEqual(
    rows.map((row) => dropped.includes(row)),
  );
});

test("2: what is to be tried is around a token that GRPO drops and whose ratio rose, outlined", () => {
  const { batch, row, token, stage } = lessonOf("hot-token").tryThis(recorded).view;
  if (batch.kind !== "recorded" || row === null || token === undefined) throw new Error("no token");
  const record = recorded.retained.find(({ step }) => step === batch.step)!.records[batch.arm]!;
  const at = row * record.columns + token;
  expect(record.tokenClipped[at]).toBe(1);
  expect(record.tokenRatio[at]).toBeGreaterThan(1);
  // No other that is dropped rose further.
  const all = recording.records.flatMap((each) =>
    [...each.tokenRatio].filter((_, i) => each.innerStep > 0 && each.tokenClipped[i] === 1),
  );
  expect(record.tokenRatio[at]).toBe(Math.max(...all));
  expect(stage).toBe(2);
});

test("a token is outlined as the one that moved most where one moved, and nowhere else", () => {
  for (const { revealed, asked } of LESSONS.flatMap(({ scenes }) => scenes(recorded))) {
    for (const { batch, row, token } of [asked, revealed]) {
      if (batch.kind !== "recorded" || row === null) continue;
      const record = recorded.retained.find(({ step }) => step === batch.step)!.records[batch.arm]!;
      expect(token === undefined).toBe(logRatios(record, row).every((d) => d === 0));
    }
  }
});

test("8: what the seeds of the experiment say is said with the answer", () => {
  const [scene] = scenesOf("clips-more");
  const [said] = clipsMoreExperiment.verdict(clipsMore.outcomes).sentences;
  expect(scene!.why).toContain(`of ${clipsMore.steps} steps each: ${said}`);
});

test("5: the shares are those that each ε drops, counted row by row", () => {
  const [same, other] = scenesOf("epsilon") as [Scene, Scene];
  const record = recordOf(same);
  const rows = rowsOf(record, "all");
  const dropped = (epsilon: number) =>
    rows.filter((row) => {
      const d = logRatios(record, row);
      return cut(Math.exp(sum(d) / d.length), record.advantage[row]!, epsilon, epsilon);
    }).length;
  const tokens = rows.flatMap((row) =>
    logRatios(record, row).map((d) => cut(Math.exp(d), record.advantage[row]!, 0.2, 0.2)),
  );
  const ofTokens = tokens.filter(Boolean).length / tokens.length;
  const share = (epsilon: number) => dropped(epsilon) / rows.length;
  expect(same.question.right).toBe(
    share(0.2) < ofTokens / 2 ? 0 : share(0.2) > 2 * ofTokens ? 2 : 1,
  );
  expect(other.table!.rows.map(([, counted]) => counted)).toEqual(
    epsilons(other).map((each) => `${dropped(each)} of ${rows.length}`),
  );
  // The right one is not beaten by any other, and is the one that is named.
  const off = epsilons(other).map((each) => Math.abs(share(each) - ofTokens));
  const right = Number(other.question.right);
  expect(off[right]).toBe(Math.min(...off));
  expect(off[right]).toBeLessThan(0.01);
  expect(other.why).toMatch(new RegExp(`^ε ${epsilons(other)[right]} drops that share`));
});

test("5: with 1,000 independent tokens a row the same share takes the ε of log s · √(T / 1,000)", () => {
  const [, other, long] = scenesOf("epsilon") as [Scene, Scene, Scene];
  const record = recordOf(long);
  const rows = rowsOf(record, "all");
  const dropped = (epsilon: number, tokens: number | null) =>
    rows.filter((row) => {
      const d = logRatios(record, row);
      const s = sum(d) / d.length;
      const scaled = tokens === null ? s : s * Math.sqrt(d.length / tokens);
      return cut(Math.exp(scaled), record.advantage[row]!, epsilon, epsilon);
    }).length;
  const short = epsilons(other)[Number(other.question.right)]!;
  const right = epsilons(long)[Number(long.question.right)]!;
  expect(dropped(right, 1000)).toBe(dropped(short, null));
  expect(right).toBeGreaterThan(3e-4);
  expect(right).toBeLessThan(short);
  // What suits the rows as they are drops none of the long ones.
  expect(dropped(short, 1000)).toBe(0);
});

test("5: beside 1/√T stands what the measured power of T makes of ε, and that it is extrapolated", () => {
  const long = (material = recorded) => scenesOf("epsilon", material)[2]!;
  const seeds = spreadOfS.outcomes.map(({ numbers }) => numbers["exponent/spread"]!);
  const power = sum(seeds) / seeds.length;
  const { why, table } = long();
  const written = (value: number) => value.toFixed(3).replace("-", "\u2212");
  expect(why).toContain(`over 8 seeds the spread of s fell only as T to the power of`);
  expect(why).toContain(`of ${written(power)} ±`);
  expect(why).toContain("extrapolated from rows of 2 to 12 tokens");
  // Text, answer and table have one ε for each law.
  const inTable = table!.rows.map((cells) => cells[1]!);
  expect(why).toMatch(new RegExp(`^ε ${inTable[2]}: `));
  expect(why).toContain(`would make it ${inTable[3]}, `);
  expect(why.length).toBeLessThan(480);
  // The share that it drops of rows so long is what the shorter one drops of these.
  const record = recordOf(long());
  const rows = rowsOf(record, "all");
  const dropped = (epsilon: number, by: (d: number[]) => number) =>
    rows.filter((row) => {
      const d = logRatios(record, row);
      const s = (sum(d) / d.length) * by(d);
      return cut(Math.exp(s), record.advantage[row]!, epsilon, epsilon);
    }).length;
  const [, asIs, , measured] = table!.rows.map((cells) => Number(cells[1]!.replace("\u2212", "-")));
  expect(dropped(measured!, (d) => (1000 / d.length) ** power)).toBe(dropped(asIs!, () => 1));
  // Another measurement, another answer; none, and nothing is said of it.
  const half = spreadOfS.outcomes.map((each) => ({
    ...each,
    numbers: { "exponent/spread": each.numbers["exponent/spread"]! / 2 },
  }));
  const other = long({ ...recorded, spreadOfS: { outcomes: half } });
  expect(other.why).toContain(`would make it ${other.table!.rows[3]![1]}, `);
  expect(other.table!.rows[3]![1]).not.toBe(inTable[3]);
  const without = long({ ...recorded, spreadOfS: { outcomes: [] } });
  expect(without.why).not.toMatch(/power|extrapol/);
  expect(without.table!.rows).toHaveLength(table!.rows.length - 1);
});

/** The options of a question about ε. */
const epsilons = ({ question }: Scene): number[] => {
  if (question.kind !== "choose") throw new Error("it is chosen");
  return question.options.map((text) => Number(text.replace("−", "-")));
};

test("6: under dr_grpo a row weighs its tokens, under grpo all rows weigh the same", () => {
  const [lengths, loss] = scenesOf("who-pays") as [Scene, Scene];
  const record = recordOf(lengths);
  const shown = lengths.table!.rows.map(([name]) => Number(name) - 1);
  const counts = shown.map((row) => logRatios(record, row).length);
  const { question } = lengths;
  if (question.kind !== "choose") throw new Error("it is chosen");
  const times = Math.max(...counts) / Math.min(...counts);
  expect(question.options[question.right]).toBe(`${times.toFixed(1)} times as much`);
  const pushed = shown.map((row, i) => Math.abs(record.sequenceCoefficient[row]!) * counts[i]!);
  expect(lengths.table!.rows.map(([, , , share]) => share)).toEqual(
    pushed.map((each) => `${((100 * each) / sum(pushed)).toFixed(0)}\u202f%`),
  );
  if (loss.question.kind !== "choose") throw new Error("it is chosen");
  expect(loss.question.options[loss.question.right]).toBe("grpo");
});

test("7: the step teaches as long as its gradient is not zero", () => {
  const [scene] = scenesOf("zero-loss");
  const { metrics } = recordOf(scene!);
  const losses = recording.records
    .filter(({ innerStep }) => innerStep === 0)
    .map((record) => Math.abs(record.metrics.loss!));
  expect(Math.abs(metrics.loss!)).toBe(Math.min(...losses));
  expect(metrics.grad_norm).toBeGreaterThan(0.1);
  expect(scene!.question.right).toBe(1);
  const still = changed((each) => ({ ...each, metrics: { ...each.metrics, grad_norm: 0 } }));
  expect(scenesOf("zero-loss", still)[0]!.question.right).toBe(0);
});

test("7: that it learns is said of the seeds whose reward rises, not of the few rollouts on screen", () => {
  const [scene] = scenesOf("zero-loss");
  const { arm } = recordOf(scene!);
  const rises = clipsMore.outcomes.map(({ series }) => {
    const rewards = series[`reward/${arm}`]!.map(([, reward]) => reward);
    return (sum(rewards.slice(-6)) - sum(rewards.slice(0, 6))) / 6;
  });
  // Every seed's: what is shown as unmistakable is so.
  expect(Math.min(...rises)).toBeGreaterThan(0);
  const middle = sum(rises) / rises.length;
  const [by, half] = scene!.table!.rows.at(-1)![1]!.split(" ± ").map(Number) as [number, number];
  expect(by).toBeCloseTo(middle, 3);
  const squares = sum(rises.map((each) => (each - middle) ** 2)) / (rises.length - 1);
  // Student's t of seven degrees of freedom.
  expect(half).toBeCloseTo(2.3646 * Math.sqrt(squares / rises.length), 3);
  expect(by - half).toBeGreaterThan(0);
  expect(scene!.picture!.panel.lines.map(({ label }) => label)).toContain(arm);
  const short = { ...clipsMore, outcomes: clipsMore.outcomes.slice(0, 1) };
  const [alone] = scenesOf("zero-loss", { ...recorded, clipsMore: short });
  expect(alone!.picture).toBeUndefined();
  expect(alone!.why).not.toContain("longer runs");
});

test("8: who was ahead is who earned more, and nobody where the difference is noise", () => {
  const ahead = (by: { token: number; sequence: number }) =>
    scenesOf("clips-more", {
      ...recorded,
      history: recorded.history.map((point) => ({
        ...point,
        metrics: Object.fromEntries(
          Object.entries(point.metrics).map(([arm, metrics]) => [
            arm,
            { ...metrics, reward: 0.5 + 0.01 * (point.step % 2) + by[arm as "token" | "sequence"] },
          ]),
        ),
      })),
    })[0]!.question.right;
  expect(ahead({ token: 0, sequence: 0.2 })).toBe(0);
  expect(ahead({ token: 0.2, sequence: 0 })).toBe(1);
  expect(ahead({ token: 0, sequence: 0 })).toBe(2);
  // As it was recorded: three rollouts whose difference is two standard errors tell nothing.
  expect(scenesOf("clips-more")[0]!.question.right).toBe(2);
});
