import type { NarrationPart } from "../../analysis/narrate.ts";

/** A sentence; its numbers are set in the mono face. */
export const SentenceParts = ({ parts }: { parts: readonly NarrationPart[] }) =>
  parts.map((part, index) => <Part key={index} {...part} />);

function Part({ text, style }: NarrationPart) {
  if (style === "strong") return <b>{text}</b>;
  return style === "number" ? <b className="num">{text}</b> : text;
}
