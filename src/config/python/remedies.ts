import type { Finding, Patch } from "../finding.ts";
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
  const meant = settled.flatMap(({ outcome, patch }) =>
    outcome === "unknown" && patch ? [patch] : [],
  );
  const named = withRemedies(run, meant);
  const remedies: Patch[] = [];
  const seen = new Set<string>();
  while (meant.length + remedies.length < MAX_REMEDIES) {
    const next = repairable(withRemedies(named, remedies)).find(({ id }) => !seen.has(id));
    if (!next?.patch) break;
    seen.add(next.id);
    remedies.push(next.patch);
  }
  return [...meant, ...needed(named, remedies)];
}

const repairable = (run: RunConfig): Finding[] =>
  findings(run).filter(({ severity, patch }) => severity !== "note" && patch !== null);

/** Without those whose finding is gone by the others alone: a later remedy may do away with it. */
function needed(run: RunConfig, remedies: readonly Patch[]): readonly Patch[] {
  const left = new Set(repairable(withRemedies(run, remedies)).map(({ id }) => id));
  return remedies.reduce((kept, remedy) => {
    const others = kept.filter((each) => each !== remedy);
    return repairable(withRemedies(run, others)).every(({ id }) => left.has(id)) ? others : kept;
  }, remedies);
}
