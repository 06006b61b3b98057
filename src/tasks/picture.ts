// A picture is one text of a prompt, so that whatever has a prompt, a record, a file, a link, has its
// picture: "<picture>", then its rows from the top, a letter a pixel, with "/" between them.

/** The token in whose places a policy has a prompt's picture, one after the other. */
export const IMAGE = "<image>";

const MARK = "<picture>";

/** Letters of colours, by their part of red, green and blue; a dot is black, the background. */
export const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  ".": [0, 0, 0],
  r: [1, 0, 0],
  g: [0, 1, 0],
  b: [0, 0, 1],
};

/** Rows from the top, of letters from the left. */
export type Picture = readonly string[];

export const isPicture = (text: string): boolean => text.startsWith(MARK);

export const pictureText = (rows: Picture): string => MARK + rows.join("/");

/** The picture that the prompt begins with; throws where it begins with none. */
export function pictureOf(prompt: readonly string[]): Picture {
  const [first = ""] = prompt;
  if (!isPicture(first)) throw new Error(`the prompt begins with ${first}, not with a picture`);
  return first.slice(MARK.length).split("/");
}

/** Parts of red, of green and of blue, row by row, from 0 to 1. (3, size, size) */
export const pixelsOf = (rows: Picture): number[] =>
  [0, 1, 2].flatMap((channel) =>
    rows.flatMap((row) => Array.from(row, (letter) => COLOURS[letter]![channel]!)),
  );
