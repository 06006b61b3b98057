import { expect, test } from "vitest";
import { exported, otherForms } from "../../../src/config/frameworks/export-forms.ts";
import { readAny } from "../../../src/config/frameworks/read-any.ts";
import { forms } from "../../../src/config/python/export.ts";
import { runFrom } from "../../../src/config/run-from.ts";

const run = runFrom("sort", { set: { num_processes: "2" } });
const [, sequence] = run.arms;

test.each(otherForms)(
  "$id is written with a name of its own, and says what it has no room for",
  ({ id }) => {
    const { fileName, text, says } = exported(run, sequence!, id);
    expect(fileName).toMatch(new RegExp(`${id}\\.(sh|yaml)$`));
    if (id.startsWith("accelerate-")) {
      expect(says).toEqual([
        `Put it beside the TRL script, then: accelerate launch --config_file ${id}.yaml sort-sequence-trl.py`,
      ]);
      return;
    }
    const read = readAny(text, { base: run });
    expect(read).toMatchObject({ foreign: { values: { num_generations: 16 } } });
    for (const each of says) expect(each).toMatch(/near and .* missing: its comments say/);
  },
);

test("for one process a launch file says so", () => {
  const alone = runFrom("sort");
  expect(exported(alone, alone.arms[0]!, "accelerate-fsdp").says.at(-1)).toContain(
    "num_processes is 1",
  );
});

test("names are told apart: no form is both TRL's and another's", () => {
  const names = [...forms, ...otherForms.map(({ id }) => id)];
  expect(new Set(names).size).toBe(names.length);
  expect(() => exported(run, sequence!, "slime2")).toThrow(RangeError);
});
