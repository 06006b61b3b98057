import type { ReactNode } from "react";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";

interface Segment<T extends string> {
  id: T;
  label: ReactNode;
  disabled?: boolean;
}

interface SegmentedProps<T extends string> {
  /** Names the group. */
  label: string;
  segments: readonly Segment<T>[];
  selected: T | null;
  onSelect(id: T): void;
}

/** One choice out of a few, all of them in sight. */
export function Segmented<T extends string>(props: SegmentedProps<T>) {
  const { label, segments, selected, onSelect } = props;
  return (
    <ToggleButtonGroup
      className="segmented"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={selected === null ? [] : [selected]}
      onSelectionChange={(keys) => {
        const chosen = segments.find(({ id }) => keys.has(id));
        if (chosen !== undefined) onSelect(chosen.id);
      }}
    >
      {segments.map(({ id, label: text, disabled = false }) => (
        <ToggleButton key={id} id={id} className="segment" isDisabled={disabled}>
          {text}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
