import { lossTypes } from "../../config/types.ts";
import { offeredPresets } from "../../config/preset-sentences.ts";
import { type Entry, GLOSSARY, LOSS_WORDS } from "../../glossary/glossary.ts";

/** Every word that the page explains, the loss types and the presets among them. */
export function Words() {
  const entries: readonly Entry[] = Object.values(GLOSSARY);
  return (
    <section className="words" aria-label="Words">
      <h3>Words</h3>
      <List
        entries={entries.map(({ word, says, source }) => ({
          word,
          says: source === undefined ? says : `${says} (${source})`,
        }))}
      />
      <h3>Loss types</h3>
      <List entries={lossTypes.map((word) => ({ word, says: LOSS_WORDS[word] }))} />
      <h3>Presets</h3>
      <List
        entries={offeredPresets.map(({ title, sentence }) => ({ word: title, says: sentence }))}
      />
    </section>
  );
}

const List = ({ entries }: { entries: readonly Entry[] }) => (
  <dl>
    {entries.map(({ word, says }) => (
      <div key={word}>
        <dt>{word}</dt>
        <dd>{says}</dd>
      </div>
    ))}
  </dl>
);
