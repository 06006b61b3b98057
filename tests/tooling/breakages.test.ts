import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { breakages } from "../breakages.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

test.each(breakages)(
  "what is to be broken is there once: $what",
  ({ file, from, to, test: by }) => {
    expect(readFileSync(join(root, file), "utf8").split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
    expect(existsSync(join(root, by))).toBe(true);
  },
);
