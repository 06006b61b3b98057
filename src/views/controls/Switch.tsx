import { Switch as AriaSwitch } from "react-aria-components";

interface SwitchProps {
  label: string;
  selected: boolean;
  onChange(selected: boolean): void;
}

/** On or off, with the word. */
export function Switch({ label, selected, onChange }: SwitchProps) {
  return (
    <AriaSwitch className="switch" aria-label={label} isSelected={selected} onChange={onChange}>
      <span className="num">{selected ? "True" : "False"}</span>
      <i aria-hidden="true" />
    </AriaSwitch>
  );
}
