import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** What is right by WGSL, and what Tint takes; other browsers refuse it, or compute something else. */
const BROKEN: Readonly<Record<string, { by: string; finds: (text: string) => string[] }>> = {
  "an array in workgroup memory whose size is not constant": {
    by: "some releases of Safari, which say nothing and make it too small",
    finds: (text) => {
      const variable = overridden(text);
      return [...text.matchAll(/var<workgroup>[^;]*;/g)]
        .map(([declaration]) => declaration)
        .filter((declaration) => (declaration.match(/\w+/g) ?? []).some((w) => variable.has(w)));
    },
  },
  "an array of a struct whose size is not constant": {
    by: "naga (gfx-rs/wgpu#7078)",
    finds: (text) => {
      const variable = overridden(text);
      return [...text.matchAll(/struct \w+ \{[^}]*\}/g)]
        .map(([struct]) => struct)
        .filter((struct) => (struct.match(/\w+/g) ?? []).some((word) => variable.has(word)));
    },
  },
  "a parameter that points to anything but a function's or a module's own variable": {
    by: "naga (gfx-rs/wgpu#5158) and WebKit, which have no unrestricted_pointer_parameters",
    finds: (text) => matches(text, /ptr<(?!function\b|private\b)\w+/g),
  },
  "a pointer to a part of a variable as an argument": {
    by: "naga and WebKit, for the same reason",
    finds: (text) => matches(text, /[(,]\s*&\w+\s*[.[]/g).filter((each) => !isAtomic(text, each)),
  },
  "a member or an entry of a pointer without *": {
    by: "released Firefox and Safari, which have no pointer_composite_access",
    finds: (text) =>
      [...text.matchAll(/(\w+): ptr</g)].flatMap(([, name]) =>
        matches(text, new RegExp(`(?<![.\\w*])${name!}\\s*[.[]`, "g")),
      ),
  },
  "a directive `requires`": {
    by: "every browser that does not know the extension, as an error",
    finds: (text) => matches(text, /^requires .*/gm),
  },
  "an extension other than subgroups": {
    by: "Firefox and Safari, whose devices do not offer it",
    finds: (text) => matches(text, /^enable (?!subgroups;).*/gm),
  },
  "half precision": {
    by: "Firefox, whose devices do not offer it",
    finds: (text) => matches(text, /\b(f16|vec[234]h|mat\dx\dh)\b|\d+(\.\d+)?h\b/g),
  },
  "an assignment to several components at once": {
    by: "all but the newest Chrome",
    finds: (text) => matches(text, /\.([xyzw]{2,4}|[rgba]{2,4})\s*[-+*/]?=(?!=)/g),
  },
  "a function that only returns inside of a loop": {
    by: "naga, which adds a return and then misses the value",
    finds: (text) =>
      [...text.matchAll(/^fn \w+\([^{]*-> [^{]*\{/gm)]
        .map(({ 0: head, index }) => head + body(text, index + head.length))
        .filter((whole) => /\}\s*\}$/.test(whole) && endsInLoop(whole)),
  },
};

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([all]) => all);

/** Names that an override decides: its own, and constants that are computed of it. */
function overridden(text: string): Set<string> {
  const names = new Set(matches(text, /(?<=^override )\w+/gm));
  for (const [, name, value] of text.matchAll(/^(?:const|override) (\w+)[^=;]*=([^;]*);/gm))
    if ((value!.match(/[A-Za-z_]\w*/g) ?? []).some((word) => names.has(word))) names.add(name!);
  return names;
}

/** The atomic functions take pointers to entries of arrays, everywhere. */
const isAtomic = (text: string, argument: string): boolean =>
  new RegExp(`atomic\\w+\\s*${argument.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`).test(text);

/** What follows an opening brace, to the brace that closes it. */
function body(text: string, from: number): string {
  let depth = 1;
  let at = from;
  for (; depth > 0; at++) depth += text[at] === "{" ? 1 : text[at] === "}" ? -1 : 0;
  return text.slice(from, at);
}

/** The function's last statement is a loop. */
function endsInLoop(whole: string): boolean {
  let depth = 0;
  let at = whole.length - 2; // before the function's own brace
  while (at > 0 && whole[at] !== "}") at--;
  for (; at > 0; at--) {
    depth += whole[at] === "}" ? 1 : whole[at] === "{" ? -1 : 0;
    if (depth === 0) break;
  }
  return /\b(loop|for\s*\([^{}]*\)|while\s*[^{};]*)\s*$/.test(whole.slice(0, at));
}

const root = fileURLToPath(new URL("../../shaders", import.meta.url));
const shaders = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".wgsl"))
  .map(
    (path) => [path, readFileSync(`${root}/${path}`, "utf8").replaceAll(/\/\/.*$/gm, "")] as const,
  );

/** A shader that has the construct, so that what looks for it is known to see it. */
const EXAMPLES: Readonly<Record<keyof typeof BROKEN, string>> = {
  "an array in workgroup memory whose size is not constant":
    "override N: u32;\nconst M = 2 * N;\nvar<workgroup> a: array<f32, M>;",
  "an array of a struct whose size is not constant":
    "override N: u32;\nstruct S {\n  a: array<f32, N>,\n}",
  "a parameter that points to anything but a function's or a module's own variable":
    "fn f(p: ptr<storage, array<f32>>) {}",
  "a pointer to a part of a variable as an argument": "fn g() { f(&v.a); }",
  "a member or an entry of a pointer without *": "fn f(p: ptr<function, vec4f>) { p.x = 1.0; }",
  "a directive `requires`": "requires linear_indexing;",
  "an extension other than subgroups": "enable f16;",
  "half precision": "var x: vec4h;",
  "an assignment to several components at once": "fn f() { v.xy = vec2f(); }",
  "a function that only returns inside of a loop":
    "fn f() -> u32 {\n  loop {\n    if (true) { return 1u; }\n  }\n}",
};

test.each(Object.entries(BROKEN))("no shader has %s", (name, { by, finds }) => {
  expect(finds(EXAMPLES[name]!), "the example is found").not.toEqual([]);
  const found = shaders.flatMap(([path, text]) => finds(text).map((each) => `${path}: ${each}`));
  expect(found, `breaks ${by}`).toEqual([]);
});
