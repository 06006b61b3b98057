/** A variable of the environment that a text asks for. */
export interface Asked {
  name: string;
  /** Where first, from 1. */
  line: number;
  /** Whether the text has a default for it. */
  default: boolean;
  /** It was looked up for the value of a setting, and for nothing else. */
  isLookedUp?: true;
}

/** What a text is read with of the environment that it would run in. */
export interface Environment {
  /** Values that its reader has told. */
  given: Readonly<Record<string, string>>;
  /** What the text asks for, told or not, by name: readers put it in. */
  asked: Map<string, Asked>;
}

export const environmentOf = (given: Environment["given"] = {}): Environment => ({
  given,
  asked: new Map(),
});

/** Notes that a text asks for a variable; its first place counts. */
export function ask({ asked }: Environment, variable: Asked): void {
  if (!asked.has(variable.name)) asked.set(variable.name, variable);
}

/** The value that was told of a variable; undefined: none was. */
export const told = ({ given }: Environment, name: string): string | undefined =>
  Object.hasOwn(given, name) ? given[name] : undefined;
