import { useId, type ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components";

interface ButtonProps {
  children: ReactNode;
  onPress(): void;
  kind?: "plain" | "primary" | "ghost";
  /** Extra classes: "small", "icon", "wraps". */
  shape?: string;
  /** Names the button where its content is a picture only. */
  label?: string;
  /** Why it cannot be pressed now; told as its description. */
  disabledBecause?: string | null;
  pressed?: boolean;
  expanded?: boolean;
}

/** A button that says what it changes. */
export function Button(props: ButtonProps) {
  const { children, onPress, kind = "plain", shape = "", label, disabledBecause = null } = props;
  const whyId = useId();
  return (
    <>
      <AriaButton
        className={`button ${kind} ${shape}`}
        onPress={onPress}
        isDisabled={disabledBecause !== null}
        aria-label={label}
        aria-describedby={disabledBecause === null ? undefined : whyId}
        aria-pressed={props.pressed}
        aria-expanded={props.expanded}
      >
        {children}
      </AriaButton>
      {disabledBecause === null ? null : (
        <span id={whyId} hidden>
          {disabledBecause}
        </span>
      )}
    </>
  );
}
