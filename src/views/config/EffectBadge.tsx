import type { Effect } from "../../config/field.ts";
import { Word } from "../controls/Word.tsx";

const WORDS: Readonly<Record<Effect, string>> = {
  live: "live",
  "next-generation": "next generation",
  restart: "restart",
  "export-only": "export-only",
};

/** When a change of a field takes effect; with the field’s help the word explains itself. */
export function EffectBadge({ effect, explained }: { effect: Effect; explained: boolean }) {
  return (
    <span className={`effect ${effect}`}>
      {/* Not always: a word in each of hundreds of fields would be as many stops of the Tab key. */}
      {explained ? <Word id={effect}>{WORDS[effect]}</Word> : WORDS[effect]}
    </span>
  );
}
