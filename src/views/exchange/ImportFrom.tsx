import { frameworks } from "../../config/frameworks/registry.ts";
import type { From } from "../../config/frameworks/read-any.ts";
import type { Paste } from "../../config/python/paste.ts";
import { isForeign } from "../../config/frameworks/values.ts";
import { Picker } from "../controls/Picker.tsx";

const SHOWN = "shown";

/** Every trainer that a text can be read as. */
const NAMES: readonly { id: From; name: string }[] = [
  { id: "trl", name: "TRL" },
  { id: "unsloth", name: "Unsloth" },
  ...frameworks,
];

interface ImportFromProps {
  /** The text as it was read; null: it was none of the one that was chosen. */
  paste: Paste | null;
  from: From | null;
  onFrom(from: From | null): void;
}

/** Whose configuration a text is taken for: whose it shows itself to be, or another's. */
export function ImportFrom({ paste, from, onFrom }: ImportFromProps) {
  const recognised =
    paste === null || from !== null ? "what the text shows" : `${nameOf(paste)}, as the text shows`;
  return (
    <Picker
      label="Trainer whose configuration it is"
      lead="Read as"
      choices={[
        { id: SHOWN, text: recognised },
        ...NAMES.map(({ id, name }) => ({ id, text: name })),
      ]}
      selected={from ?? SHOWN}
      onSelect={(id) => onFrom(NAMES.find((each) => each.id === id)?.id ?? null)}
    />
  );
}

function nameOf(paste: Paste): string {
  if (isForeign(paste)) return paste.foreign.framework.name;
  return paste.defaults === "unsloth" ? "Unsloth" : "TRL";
}
