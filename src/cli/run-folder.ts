import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { armConfig, type RunConfig } from "../config/types.ts";
import { reportOf, type StepRecord, type StepReport } from "../record/record.ts";
import type { Run } from "../engine/run/run.ts";
import { logFolder } from "../runs/logs/log-folder.ts";
import { armFolder } from "../worker/policy-archive.ts";

/** What a run leaves on disk: `ARM/log.jsonl`, what `report_to` asks for, and `ARM/policy/`. */
export class RunFolder {
  readonly #path: string;
  readonly #run: RunConfig;
  readonly #startedAt = Date.now();
  readonly #reports: StepReport[] = [];
  readonly #records: StepRecord[] = [];

  constructor(path: string, run: RunConfig) {
    this.#path = path;
    this.#run = run;
  }

  take(record: StepRecord): void {
    this.#reports.push(reportOf(record));
    const own = this.#run.arms.find(({ name }) => name === record.arm);
    if (own && armConfig(this.#run, own).log_completions) this.#records.push(record);
  }

  async write(run: Run): Promise<void> {
    const files = logFolder({
      name: this.#run.preset,
      run: this.#run,
      startedAt: this.#startedAt,
      reports: this.#reports,
      records: this.#records,
    });
    for (const { name: arm } of run.arms) {
      for (const [name, bytes] of await armFolder(run, arm)) {
        files.set(`${arm}/policy/${name}`, bytes);
      }
    }
    for (const [name, bytes] of files) {
      const path = join(this.#path, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
  }
}
