import { describe, expect, test } from "vitest";
import { parseRecording, recordingToJson } from "../../../src/runs/recording.ts";
import { appendHistory, type HistoryPoint } from "../../../src/store/run/history.ts";
import { byteSize } from "../../../src/base/byte-size.ts";
import { retainRecords, nearestRetained } from "../../../src/record/retained-records.ts";
import { makeRecord, report, run } from "../../support/make-record.ts";

const historyOf = (steps: number, limit?: number): readonly HistoryPoint[] => {
  let history: readonly HistoryPoint[] = [];
  for (let step = 1; step <= steps; step++)
    history = appendHistory(history, [report(step)], () => "token", limit);
  return history;
};

describe("history", () => {
  test("stays within its limit and keeps the newest half whole", () => {
    const history = historyOf(1000, 100);
    expect(history.length).toBeLessThanOrEqual(100);
    expect(history.slice(-20).map(({ step }) => step)).toEqual(
      Array.from({ length: 20 }, (_, index) => 981 + index),
    );
  });

  test("keeps every inner step of a generation that it keeps", () => {
    const counts = [0, 0, 0, 0];
    for (const { innerStep } of historyOf(1000, 100)) counts[innerStep]!++;
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  test("puts a late report where it belongs", () => {
    const history = appendHistory(historyOf(3), [report(2, "sequence")], () => "sequence");
    expect(history.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(history[1]!.levels).toEqual({ token: "token", sequence: "sequence" });
  });
});

describe("kept records", () => {
  const bytes = byteSize(makeRecord());
  /** Step 1 is k = 0 of generation 0; four inner steps each. */
  const ofFour = (step: number) =>
    makeRecord({ step, generation: Math.floor((step - 1) / 4), innerStep: (step - 1) % 4 });

  test("stay within the limit, thin out from the oldest and keep the newest", () => {
    let kept = retainRecords([], []);
    for (let step = 1; step <= 200; step++) {
      kept = retainRecords(kept, [ofFour(step)], 20.5 * bytes);
    }
    expect(kept.reduce((sum, each) => sum + each.bytes, 0)).toBeLessThanOrEqual(20.5 * bytes);
    expect(kept.at(-1)?.step).toBe(200);
    const starts = kept.filter(({ innerStep }) => innerStep === 0);
    const gaps = starts.slice(1).map(({ step }, index) => step - starts[index]!.step);
    expect(gaps[0]).toBeGreaterThan(gaps.at(-1)!);
    expect(gaps.at(-1)).toBe(4);
  });

  test("keep whole generations, and the one that is looked at", () => {
    let kept = retainRecords([], []);
    for (let step = 1; step <= 200; step++) {
      kept = retainRecords(kept, [ofFour(step)], 40 * bytes, step > 6 ? 6 : null);
    }
    expect(kept.filter(({ generation }) => generation === 1).map(({ step }) => step)).toEqual([
      5, 6, 7, 8,
    ]);
    for (const { generation } of kept) {
      expect(kept.filter((each) => each.generation === generation)).toHaveLength(4);
    }
    expect(kept.length).toBeLessThanOrEqual(40);
  });

  test("a generation that is too large on its own loses its oldest steps", () => {
    let kept = retainRecords([], []);
    for (let step = 1; step <= 9; step++) {
      kept = retainRecords(kept, [makeRecord({ step, generation: 0 })], 3.5 * bytes);
    }
    expect(kept.map(({ step }) => step)).toEqual([7, 8, 9]);
  });

  test("one record too large for the limit is kept all the same", () => {
    expect(retainRecords([], [makeRecord()], 1)).toHaveLength(1);
  });

  test("the nearest step is found, and the newest when following", () => {
    const kept = retainRecords(
      [],
      [1, 5, 9].map((step) => makeRecord({ step })),
    );
    expect(nearestRetained(kept, 6)?.step).toBe(5);
    expect(nearestRetained(kept, 7)?.step).toBe(5);
    expect(nearestRetained(kept, 100)?.step).toBe(9);
    expect(nearestRetained(kept, null)?.step).toBe(9);
    expect(nearestRetained([], 3)).toBeUndefined();
  });
});

test("a recording survives its JSON form, NaN included", () => {
  const record = makeRecord();
  const recording = { run, reports: [report(1, "token", record.metrics)], records: [record] };
  const json = recordingToJson(recording);
  expect(parseRecording(json)).toEqual(recording);
  // The 32-bit float nearest to 0.7 is 0.699999988079071.
  expect(json).toContain('"tokenRatio":[[1.3,0.7,1],[1.1,0.6]]');
});

test("a recording that is none is refused by name", () => {
  expect(() => parseRecording('{"run": {}, "metrics": [], "reports": 3}')).toThrow(
    "reports is not a list",
  );
});
