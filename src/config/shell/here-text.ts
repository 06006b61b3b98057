import type { HereDoc } from "unbash";
import { expandParts } from "./expand.ts";
import type { Segment } from "./value.ts";
import type { Walk } from "./walk.ts";

/** The text of a here-document, its variables put in unless its mark is quoted. */
export function hereText({ body, delimiter, operator }: HereDoc, walk: Walk): Segment[] {
  const line = walk.lineOf(body.pos);
  const segments =
    body.parts === undefined
      ? [{ text: delimiter?.quoted ? body.text : body.text.replaceAll("\\\n", ""), line }]
      : expandParts(body.parts, walk);
  return operator === "<<-"
    ? segments.map((each) => ({ ...each, text: each.text.replaceAll(/^\t+/gm, "") }))
    : segments;
}
