import type { Word } from "../reading/flags.ts";

/** A piece of a text: what a quote, a variable or a plain stretch of a word gave. */
export interface Segment {
  text: string;
  /** The line, from 1, that it begins in. */
  line: number;
  /** Why it is not known: a clause that begins with a verb. `text` is then as it is written. */
  problem?: string;
  /** Where it is from: "what stands in the text in case $B is not set". */
  from?: string;
}

/** What a variable holds: one text, or the words of an array. */
export type Value = { text: readonly Segment[] } | { array: readonly Word[] };

/** Longest text that a variable holds; commands have a tenth of it. */
const MAX_TEXT = 20_000;

/** The value of a text that is known. */
export const known = (text: string, line: number): Value => ({ text: [{ text, line }] });

/** A value that only running the script tells; `shown` stands in its place. */
export const unknown = (shown: string, line: number, problem: string): Value => ({
  text: [{ text: shown, line, problem }],
});

/** The text of segments as it is written where parts are not known. */
export const shownText = (segments: readonly Segment[]): string =>
  segments.map(({ text }) => text).join("");

/** The text of segments; null where a part of it is not known. */
export const textOf = (segments: readonly Segment[]): string | null =>
  segments.some(({ problem }) => problem !== undefined) ? null : shownText(segments);

/** One text after another; one that outgrows all use is not known. */
export function appended(before: readonly Segment[], after: readonly Segment[]): Segment[] {
  const all = [...before, ...after];
  const [first] = all;
  return first && shownText(all).length > MAX_TEXT
    ? [{ ...first, text: "…", problem: "is a text that outgrows all use" }]
    : all;
}

/** Segments as one word. */
export function wordOf(segments: readonly Segment[], line: number): Word {
  const problem = segments.find((each) => each.problem !== undefined)?.problem;
  const from = segments.find((each) => each.from !== undefined)?.from;
  return {
    text: shownText(segments),
    line: segments[0]?.line ?? line,
    ...(problem === undefined ? {} : { problem }),
    ...(from === undefined ? {} : { from }),
  };
}

/** A word as the text of a variable. */
export const segmentOf = ({ text, line, problem, from }: Word): Segment => ({
  text,
  line,
  ...(problem === undefined ? {} : { problem }),
  ...(from === undefined ? {} : { from }),
});

/** A value as one text: of an array its first word. */
export function asText(value: Value): readonly Segment[] {
  if ("text" in value) return value.text;
  const [first] = value.array;
  return first ? [segmentOf(first)] : [];
}

/** The pieces between spaces, each the segments of one word. */
export function split(segments: readonly Segment[]): Segment[][] {
  const words: Segment[][] = [];
  let current: Segment[] | null = null;
  for (const segment of segments) {
    if (segment.problem !== undefined) {
      (current ??= []).push(segment);
      continue;
    }
    let { line } = segment;
    for (const piece of segment.text.split(/([ \t\n]+)/)) {
      if (/^[ \t\n]+$/.test(piece)) {
        if (current) words.push(current);
        current = null;
      } else if (piece !== "") (current ??= []).push({ ...segment, text: piece, line });
      line += piece.split("\n").length - 1;
    }
  }
  if (current) words.push(current);
  return words;
}

/** Why what a command prints is not known. */
export const onlyRun = (text: string): string =>
  `is ${text.length > 60 ? `${text.slice(0, 59)}…` : text}, which only running it tells`;
