/**
 * What a setting of another trainer is here: the same; nearly the same; nothing that can be said in
 * TRL's fields; or nothing that training depends on, such as a path.
 */
export const marks = ["exact", "near", "none", "elsewhere"] as const;
export type Mark = (typeof marks)[number];

/** What becomes of one setting, and why: the conversion, the difference, or what it is instead. */
export interface Said {
  mark: Mark;
  /** One sentence or two; empty where the name and the value say it all. */
  says: string;
}

/** "8,192" */
export const count = (value: number): string => value.toLocaleString("en");

/** "8,192 completions" */
export const counted = (value: number, one: string): string =>
  `${count(value)} ${value === 1 ? one : `${one}s`}`;
