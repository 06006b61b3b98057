const STRING_OR_COMMENT =
  /("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#.*/g;

/** A script without its comments: what it says of itself in prose is no code. Strings stay. */
export const withoutComments = (source: string): string =>
  source.replace(STRING_OR_COMMENT, (_, text?: string) => text ?? "");
