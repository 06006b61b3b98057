import {
  Button,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
} from "react-aria-components";

export interface Choice {
  id: string;
  text: string;
  /** One line under the text in the open list. */
  help?: string;
}

interface PickerProps {
  /** Names the control. */
  label: string;
  choices: readonly Choice[];
  selected: string | null;
  onSelect(id: string): void;
  /** A word before the value, in the closed control. */
  lead?: string;
  mono?: boolean;
  describedBy?: string;
  /** What is selected can be chosen again. */
  again?: boolean;
  /** What stands where nothing is selected. */
  placeholder?: string;
}

/** One choice out of many. */
export function Picker(props: PickerProps) {
  const {
    label,
    choices,
    selected,
    onSelect,
    lead,
    mono = false,
    describedBy,
    placeholder,
  } = props;
  return (
    <Select
      className="picker"
      aria-label={label}
      placeholder={placeholder}
      selectedKey={selected}
      onSelectionChange={(key) => {
        if (typeof key === "string" && (props.again || key !== selected)) onSelect(key);
      }}
      aria-describedby={describedBy}
    >
      <Button className="picker-button">
        {lead === undefined ? null : <span className="picker-lead">{lead}</span>}
        <SelectValue className={mono ? "picker-value num" : "picker-value"}>
          {({ selectedText, isPlaceholder, defaultChildren }) =>
            isPlaceholder ? defaultChildren : (selectedText ?? defaultChildren)
          }
        </SelectValue>
        <i className="caret" aria-hidden="true" />
      </Button>
      <Popover className="menu" offset={4}>
        <ListBox className="menu-list" items={choices}>
          {({ id, text, help }) => (
            <ListBoxItem id={id} textValue={text} className="menu-item">
              <Text slot="label" className={mono ? "num" : undefined}>
                {text}
              </Text>
              {help === undefined ? null : (
                <Text slot="description" elementType="small">
                  {help}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
