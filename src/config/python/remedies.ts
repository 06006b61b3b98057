import type { Finding, Patch } from "../finding.ts";
import { findings } from "../findings/findings.ts";
import { applyPatch } from "../run-fields.ts";
import type { RunConfig } from "../types.ts";
import type { Known } from "../guard.ts";
import type { Settled } from "./settle.ts";

/** What is not known after changes: a field that was set is. */
export const knownAfter = (known: Known, remedies: readonly Patch[]): Known => {
  const set = new Set(remedies.flatMap((patch) => Object.keys(patch)));
  return { ...known, unread: new Set([...known.unread].filter((name) => !set.has(name))) };
};

/** Pasted settings with changes, before they are loaded. */
export const withRemedies = (run: RunConfig, remedies: readonly Patch[]): RunConfig =>
  remedies.reduce((changed, patch) => applyPatch(changed, patch), run);

/** As many as a configuration could need; a remedy that brings another finding ends somewhere. */
const MAX_REMEDIES = 12;

/** What one click does: every name as it was meant, then every remedy of an error or a warning. */
export function allRemedies(run: RunConfig, settled: readonly Settled[], known?: Known): Patch[] {
  const repairable = (patches: readonly Patch[]): Finding[] =>
    findings(withRemedies(run, patches), known && knownAfter(known, patches)).filter(
      ({ severity, patch }) => severity !== "note" && patch !== null,
    );
  const meant = settled.flatMap(({ outcome, patch }) =>
    outcome === "unknown" && patch ? [patch] : [],
  );
  const remedies: Patch[] = [];
  const seen = new Set<string>();
  while (meant.length + remedies.length < MAX_REMEDIES) {
    const next = repairable([...meant, ...remedies]).find(({ id }) => !seen.has(id));
    if (!next?.patch) break;
    seen.add(next.id);
    remedies.push(next.patch);
  }
  return [...meant, ...needed(meant, remedies, repairable)];
}

/** Without those whose finding is gone by the others alone: a later remedy may do away with it. */
function needed(
  meant: readonly Patch[],
  remedies: readonly Patch[],
  repairable: (patches: readonly Patch[]) => Finding[],
): readonly Patch[] {
  const left = new Set(repairable([...meant, ...remedies]).map(({ id }) => id));
  return remedies.reduce((kept, remedy) => {
    const others = kept.filter((each) => each !== remedy);
    return repairable([...meant, ...others]).every(({ id }) => left.has(id)) ? others : kept;
  }, remedies);
}
