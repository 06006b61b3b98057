import type { LayerChoice } from "../../analysis/flips.ts";
import { Picker } from "../controls/Picker.tsx";
import { Segmented } from "../controls/Segmented.tsx";

interface LayerPickerProps {
  /** Numbers of the layers that have a mixture. */
  layers: readonly number[];
  selected: LayerChoice;
  onSelect(layer: LayerChoice): void;
}

/** More layers are a list to open. */
const MOST_SEGMENTS = 8;

/** The layer whose experts are shown, or the share of all layers that flipped. */
export function LayerPicker({ layers, selected, onSelect }: LayerPickerProps) {
  const choices = [
    ...(layers.length > 1 ? [{ id: "all", text: "all layers" }] : []),
    ...layers.map((layer) => ({ id: String(layer), text: `layer ${layer}` })),
  ];
  const choose = (id: string) => onSelect(id === "all" ? "all" : Number(id));
  if (choices.length > MOST_SEGMENTS) {
    return (
      <Picker
        label="Layer whose experts are shown"
        choices={choices}
        selected={String(selected)}
        onSelect={choose}
      />
    );
  }
  return (
    <Segmented
      label="Layer whose experts are shown"
      segments={choices.map(({ id, text }, place) => ({
        id,
        // "layer" is read out with each number, and printed once.
        label: place < 2 ? text : <Numbered layer={id} />,
      }))}
      selected={String(selected)}
      onSelect={choose}
    />
  );
}

const Numbered = ({ layer }: { layer: string }) => (
  <>
    <span className="visually-hidden">layer </span>
    {layer}
  </>
);
