import { COLOURS, isPicture, pictureOf } from "../tasks/picture.ts";
import { loadPainters } from "../tasks/picture-task.ts";
import { tasks } from "../tasks/registry.ts";

/** A prompt as records have it, in one text: its picture as it is written there, and what follows. */
export function splitPicture(prompt: string): { picture: string | null; rest: string } {
  if (!isPicture(prompt)) return { picture: null, rest: prompt };
  const [picture = "", ...rest] = prompt.split(" ");
  return { picture, rest: rest.join(" ") };
}

/** A picture as it is drawn. */
export interface DrawnPicture {
  /** Pixels along a side. */
  size: number;
  /** Where the pixels of each colour are; the background's are left out. */
  areas: readonly { colour: string; pixels: readonly { x: number; y: number }[] }[];
}

export function drawn(picture: string): DrawnPicture {
  const rows = pictureOf([picture]);
  const all = rows.flatMap((row, y) => Array.from(row, (letter, x) => ({ letter, x, y })));
  const areas = Object.entries(COLOURS).flatMap(([colour, [r, g, b]]) => {
    const pixels = all.flatMap(({ letter, ...at }) => (letter === colour ? [at] : []));
    if (r + g + b === 0 || pixels.length === 0) return [];
    return [{ colour: `rgb(${255 * r} ${255 * g} ${255 * b})`, pixels }];
  });
  return { size: rows.length, areas };
}

/** A picture of that task in words, for who does not see it; null where the task has none. */
export async function describePicture(task: string, picture: string): Promise<string | null> {
  await loadPainters();
  return tasks.find(({ id }) => id === task)?.picture?.describe([picture]) ?? null;
}
