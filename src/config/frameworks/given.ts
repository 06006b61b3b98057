import type { PlainValue } from "../python/written.ts";
import { hydraValue } from "./notation.ts";
import { problemOf, type Stated } from "./keys.ts";
import type { Framework, Given } from "./types.ts";

/** Settings of a text over a framework's defaults, which notes what a rule looked at. */
export class Settings implements Given {
  readonly #stated: ReadonlyMap<string, Stated>;
  readonly #usual: ReadonlyMap<string, PlainValue | undefined>;
  #looked = new Set<string>();
  #wrong: string | null = null;

  readonly #open: boolean;

  /** @param open Whether settings that are not stated may be set all the same. */
  constructor(stated: readonly Stated[], { rules }: Framework, open = false) {
    this.#open = open;
    this.#stated = new Map(stated.map((each) => [each.key, each]));
    this.#usual = new Map(rules.flatMap(({ keys }) => Object.entries(keys)));
  }

  value(key: string): PlainValue | undefined {
    this.#looked.add(key);
    const stated = this.#stated.get(key);
    if (!stated) return this.#usual.get(key);
    return "value" in stated.literal ? stated.literal.value : this.#usual.get(key);
  }

  number(key: string): number {
    const value = this.value(key);
    if (typeof value === "number") return value;
    this.#wrong ??= key;
    return NaN;
  }

  word(key: string): string {
    const value = this.value(key);
    return value === null || value === undefined ? "" : hydraValue(value).toLowerCase();
  }

  shown(key: string): string {
    return hydraValue(this.value(key) ?? null);
  }

  flag(key: string): boolean {
    return this.value(key) === true;
  }

  stated(key: string): boolean {
    return this.#stated.has(key);
  }

  /**
   * What a rule looked at, and what of it is not to be had: a clause; null where all is known. Where
   * a text leaves settings open, no default is known to be in force.
   */
  watch<T>(look: () => T): { result: T; problem: { key: string; says: string } | null } {
    this.#looked = new Set();
    this.#wrong = null;
    const result = look();
    for (const key of this.#looked) {
      const stated = this.#stated.get(key);
      const says = stated && problemOf(stated.literal);
      if (says !== undefined) return { result, problem: { key, says } };
      if (this.#open && !stated && this.#usual.has(key)) {
        return { result, problem: { key, says: "is not in this text, and may be set elsewhere" } };
      }
    }
    const wrong = this.#wrong as string | null;
    if (wrong === null) return { result, problem: null };
    const value = this.#stated.get(wrong)?.text;
    const says =
      value === undefined ? "is not set, and has no default" : `is ${value}, which is no number`;
    return { result, problem: { key: wrong, says } };
  }
}
