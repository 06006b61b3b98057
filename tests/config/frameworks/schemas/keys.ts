/** Every key of a schema, from names under what stands before each of them: `["policy.", "a b"]`. */
export const keysOf = (groups: readonly (readonly [prefix: string, names: string])[]) =>
  new Set(
    groups.flatMap(([prefix, names]) =>
      names
        .trim()
        .split(/\s+/)
        .map((name) => `${prefix}${name}`),
    ),
  );
