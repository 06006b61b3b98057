import { Radio, RadioGroup } from "react-aria-components";
import { RUN_MARKS } from "../controls/run-marks.ts";
import { RunMark } from "../controls/RunMark.tsx";

interface ColourChoiceProps {
  /** Names the group. */
  label: string;
  selected: number;
  onSelect(colour: number): void;
}

/** One of the colours, each with its mark. */
export function ColourChoice({ label, selected, onSelect }: ColourChoiceProps) {
  return (
    <RadioGroup
      className="colour-choice"
      aria-label={label}
      orientation="horizontal"
      value={String(selected)}
      onChange={(value) => onSelect(Number(value))}
    >
      {RUN_MARKS.map(({ name }, colour) => (
        <Radio
          key={name}
          value={String(colour)}
          className="colour-choice-one"
          aria-label={`Colour ${colour + 1}, ${name}`}
        >
          <RunMark colour={colour} />
        </Radio>
      ))}
    </RadioGroup>
  );
}
