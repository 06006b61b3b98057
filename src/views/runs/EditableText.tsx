import { useEffect, useState } from "react";

interface EditableTextProps {
  /** Names the control. */
  label: string;
  value: string;
  /** An empty text puts the former one back. */
  required?: boolean;
  placeholder?: string;
  multiline?: boolean;
  /** Called with the trimmed text, where it is another one. */
  onCommit(value: string): void;
}

/** Most characters of a name or a note. */
const LONGEST = 2000;
const LONGEST_LINE = 120;

/** A text that is edited where it stands: Enter or leaving it keeps it, Escape takes it back. */
export function EditableText(props: EditableTextProps) {
  const { label, value, required = false, placeholder, multiline = false, onCommit } = props;
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);

  const commit = (): void => {
    const text = draft.trim();
    if (text === value || (required && text === "")) setDraft(value);
    else onCommit(text);
  };
  const common = {
    className: "editable-text",
    "aria-label": label,
    placeholder,
    value: draft,
    onBlur: commit,
  };
  if (multiline) {
    return (
      <textarea
        {...common}
        rows={2}
        maxLength={LONGEST}
        onChange={({ target }) => setDraft(target.value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key !== "Escape") return;
          setDraft(value);
          currentTarget.blur();
        }}
      />
    );
  }
  return (
    <input
      {...common}
      maxLength={LONGEST_LINE}
      onChange={({ target }) => setDraft(target.value)}
      onKeyDown={({ key }) => {
        if (key === "Enter") commit();
        else if (key === "Escape") setDraft(value);
      }}
    />
  );
}
