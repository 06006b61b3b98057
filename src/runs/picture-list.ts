import { isPicture } from "../tasks/picture.ts";

// A picture is a text of a prompt, which every row of a group has, in every step on its rollout. A file
// has each picture once, in a list, and its number where texts begin with it.

/** What stands for a text that begins with a picture: the picture's number, and what follows it. */
export interface PictureReference {
  $picture: readonly [number: number, rest: string];
}

/** The pictures of a file, in the order in which its texts have them. */
export class PictureList {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** What stands for a text in the file: where it begins with no picture, the text. */
  refer(text: string): string | PictureReference {
    if (!isPicture(text)) return text;
    const end = text.indexOf(" ");
    const picture = end === -1 ? text : text.slice(0, end);
    let number = this.#numbers.get(picture);
    if (number === undefined) {
      number = this.texts.push(picture) - 1;
      this.#numbers.set(picture, number);
    }
    return { $picture: [number, text.slice(picture.length)] };
  }
}

/** The text that a reference stands for; null where the list has no such picture, or it is none. */
export function referredText(reference: unknown, pictures: readonly string[]): string | null {
  const [number, rest, more]: readonly unknown[] = Array.isArray(reference) ? reference : [];
  const picture = typeof number === "number" ? pictures[number] : undefined;
  const fits = picture !== undefined && typeof rest === "string" && more === undefined;
  return fits ? picture + rest : null;
}
