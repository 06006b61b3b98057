import type { LayerChoice } from "../../analysis/flips.ts";
import { Picker } from "./Picker.tsx";
import { Segmented } from "./Segmented.tsx";

interface LayerPickerProps {
  /** Names the choice. */
  label: string;
  /** Numbers of the layers there are to choose from. */
  layers: readonly number[];
  selected: LayerChoice;
  onSelect(layer: LayerChoice): void;
}

/** More layers are a list to open. */
const MOST_SEGMENTS = 8;

/** A layer of the policy, or all of them together. */
export function LayerPicker({ label, layers, selected, onSelect }: LayerPickerProps) {
  const choices = [
    ...(layers.length > 1 ? [{ id: "all", text: "all layers" }] : []),
    ...layers.map((layer) => ({ id: String(layer), text: `layer ${layer}` })),
  ];
  const choose = (id: string) => onSelect(id === "all" ? "all" : Number(id));
  if (choices.length > MOST_SEGMENTS) {
    return <Picker label={label} choices={choices} selected={String(selected)} onSelect={choose} />;
  }
  return (
    <Segmented
      label={label}
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
