import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "bench/README.md",
  "oracle/README.md",
  ".github/pull_request_template.md",
  ".github/ISSUE_TEMPLATE/fault.yml",
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
];
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** All that a pattern's first group matches, each once. */
const found = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, group]) => group!)),
];

/** A heading's anchor, as GitHub makes it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

/** Whether a link leads to a file, and to a heading in it where it names one. */
function leads(document: string, link: string): boolean {
  const [path = "", hash] = link.split("#");
  const target = path === "" ? document : join(dirname(document), path);
  if (!existsSync(join(root, target))) return false;
  return (
    hash === undefined || found(read(target), /^#+ (.*)$/gm).some((each) => anchor(each) === hash)
  );
}

describe.each(documents)("%s", (document) => {
  const text = read(document);

  test("names files and folders that there are", () => {
    const named = found(
      text,
      /`((?:src|tests|shaders|scripts|bench|oracle|docs|examples|public|\.github)\/[\w./-]*)`/g,
    );
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("has links that lead somewhere", () => {
    const links = found(text, /\]\((?!https?:)([^)\s]+)\)/g);
    expect(links.filter((link) => !leads(document, link))).toEqual([]);
  });

  test("names commands that there are", () => {
    const named = found(text, /\bnpm run (?:-s )?([\w:-]+)/g);
    expect(named.filter((name) => !(name in scripts) && name !== "NAME")).toEqual([]);
  });
});
