import { readFileSync } from "node:fs";
import { Purpose, Random } from "../../src/base/random.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { parseRecording, type Recording } from "../../src/runs/recording.ts";
import { loadPainters } from "../../src/tasks/picture-task.ts";
import { task } from "../../src/tasks/registry.ts";

/** The page's recorded run, as if its prompts were those of count-dots: each group has a picture of its own. */
export async function picturedRecording(): Promise<Recording> {
  await loadPainters();
  const file = new URL("../../public/recordings/default.json", import.meta.url);
  const { run, reports, records } = parseRecording(readFileSync(file, "utf8"));
  const { vision } = runFrom("count-dots").policy;
  const prompts = new Map<number, string>();
  const promptOf = (generation: number, group: number): string => {
    const at = 100 * generation + group;
    const drawn = task("count-dots").prompt(new Random(at, Purpose.prompts), 5).join(" ");
    prompts.set(at, prompts.get(at) ?? drawn);
    return prompts.get(at)!;
  };
  return {
    run: { ...run, task: "count-dots", policy: { ...run.policy, ...(vision && { vision }) } },
    reports,
    records: records.map((record) => ({
      ...record,
      prompt: Array.from(record.group, (group) => promptOf(record.generation, group)),
    })),
  };
}

/** What the task says of the picture that a prompt begins with. */
export const saidOf = (prompt: string): string =>
  task("count-dots").picture!.describe(prompt.split(" "));
