import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Seconds assumed of a file that has not run here so far. */
const UNKNOWN_S = 3;

/**
 * `npm test -- --changed`: the quickest files first, as many as RATIOSCOPE_BUDGET_S seconds hold by
 * the times of their last runs; says which are left.
 */
export class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const timed = files.map((file) => {
      const path = relative(this.ctx.config.root, file.moduleId);
      const known = this.ctx.cache.getFileTestResults(`${file.project.name}:${path}`);
      return { file, path, seconds: known === undefined ? UNKNOWN_S : known.duration / 1000 };
    });
    timed.sort((one, other) => one.seconds - other.seconds);
    let left = Number(process.env.RATIOSCOPE_BUDGET_S) * (this.ctx.config.maxWorkers ?? 1);
    const within = timed.filter(({ seconds }) => (left -= seconds) >= 0);
    const rest = timed.slice(within.length);
    if (rest.length > 0) {
      const seconds = rest.reduce((sum, each) => sum + each.seconds, 0);
      console.log(
        `Left for npm test, ${seconds.toFixed(0)} s: ${rest.map(({ path }) => path).join(" ")}\n`,
      );
    }
    return within.map(({ file }) => file);
  }
}
