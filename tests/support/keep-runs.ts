import type { Page } from "playwright";
import { runFrom } from "../../src/config/run-from.ts";
import type { StepReport } from "../../src/record/record.ts";
import { packReports } from "../../src/runs/packed-metrics.ts";
import type { StoredRun } from "../../src/runs/stored-run.ts";
import { storedRun } from "./stored-run.ts";

/** A run that nobody trained: what it is, and what its arms logged at every step. */
export interface KeptRun {
  run: StoredRun;
  reports: readonly StepReport[];
}

/** A run of the preset sort with a seed, `steps` steps long, that logs the same at all of them. */
export function keptRun(
  name: string,
  seed: number,
  steps: number,
  logged: Readonly<Record<"token" | "sequence", readonly [reward: number, clipped: number]>>,
  over: Partial<StoredRun> = {},
): KeptRun {
  const run = runFrom("sort", { seed });
  const reports = Array.from({ length: steps }, (_, i) => i + 1).flatMap((step) =>
    Object.entries(logged).map(([arm, [reward, clipped]]) => ({
      arm,
      step,
      generation: Math.floor((step - 1) / 4),
      innerStep: (step - 1) % 4,
      metrics: { reward, "clip_ratio/region_mean": clipped },
    })),
  );
  const kept = { id: name, name, run, step: steps, totalSteps: 400, createdAt: seed, ...over };
  return { run: storedRun({ updatedAt: seed, ...kept }), reports };
}

/** Puts runs into the database of a page at work that has none; the tab of runs is open then. */
export async function keepRuns(page: Page, kept: readonly KeptRun[]): Promise<void> {
  const tab = (name: RegExp): Promise<void> => page.getByRole("tab", { name }).click();
  await tab(/^Runs/);
  // The page has made its database, and nobody else may.
  await page.getByText("No run is kept yet: each one is, from its first step on.").waitFor();
  await page.evaluate(
    (all) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open("ratioscope");
        opening.onerror = () => reject(new Error("no database"));
        opening.onsuccess = () => {
          const change = opening.result.transaction(["runs", "metrics"], "readwrite");
          for (const { run, packed } of all) {
            change.objectStore("runs").put(run);
            change
              .objectStore("metrics")
              .put({ ...packed, values: Float64Array.from(packed.values) });
          }
          change.onerror = () => reject(new Error("not written"));
          change.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    kept.map(({ run, reports }) => {
      const packed = packReports(run.id, reports);
      return { run, packed: { ...packed, values: [...packed.values] } };
    }),
  );
  await tab(/^Guide/);
  await tab(/^Runs/);
}
