import type { Effect } from "../../config/field.ts";

const SAYS: Readonly<Record<Effect, { word: string; when: string }>> = {
  live: { word: "live", when: "Takes effect at the next optimizer step." },
  "next-generation": { word: "next generation", when: "Takes effect with the next rollout." },
  restart: { word: "restart", when: "Takes effect at the next reset." },
  "export-only": { word: "export-only", when: "Means nothing in a browser; kept for the export." },
};

/** When a change of a field takes effect. */
export function EffectBadge({ effect }: { effect: Effect }) {
  const { word, when } = SAYS[effect];
  return (
    <span className={`effect ${effect}`} title={when}>
      {word}
    </span>
  );
}
