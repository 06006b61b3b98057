import type { Effect } from "../../config/field.ts";
import { Word } from "../controls/Word.tsx";

const WORDS: Readonly<Record<Effect, string>> = {
  live: "live",
  "next-generation": "next generation",
  restart: "restart",
  "export-only": "export-only",
};

/** When a change of a field takes effect. */
export function EffectBadge({ effect }: { effect: Effect }) {
  return (
    <span className={`effect ${effect}`}>
      <Word id={effect}>{WORDS[effect]}</Word>
    </span>
  );
}
