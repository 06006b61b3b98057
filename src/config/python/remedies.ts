import type { Patch } from "../finding.ts";
import { findings } from "../findings/findings.ts";
import { applyPatch } from "../run-fields.ts";
import type { RunConfig } from "../types.ts";
import type { Settled } from "./settle.ts";

/** Pasted settings with changes, before they are loaded. */
export const withRemedies = (run: RunConfig, remedies: readonly Patch[]): RunConfig =>
  remedies.reduce((changed, patch) => applyPatch(changed, patch), run);

/** As many as a configuration could need; a remedy that brings another finding ends somewhere. */
const MAX_REMEDIES = 12;

/** What one click does: every name as it was meant, then every remedy of an error or a warning. */
export function allRemedies(run: RunConfig, settled: readonly Settled[]): Patch[] {
  const remedies = settled.flatMap(({ outcome, patch }) =>
    outcome === "unknown" && patch ? [patch] : [],
  );
  const seen = new Set<string>();
  while (remedies.length < MAX_REMEDIES) {
    const next = findings(withRemedies(run, remedies)).find(
      ({ id, severity, patch }) => severity !== "note" && patch !== null && !seen.has(id),
    );
    if (!next?.patch) break;
    seen.add(next.id);
    remedies.push(next.patch);
  }
  return remedies;
}
