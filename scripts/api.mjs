// `npm run api`: writes docs/api.md, which says what `import … from "ratioscope"` gives: every name
// with its built declaration. tests/tooling/api.test.ts compares the two, so that the library's face
// changes only where somebody sees it.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { isExportDeclaration, isExportSpecifier, SyntaxKind } from "typescript/unstable/ast";
import { API, SymbolFlags } from "typescript/unstable/sync";

/**
 * @typedef {import("typescript/unstable/ast").Node} Node
 * @typedef {import("typescript/unstable/sync").Checker} Checker
 * @typedef {import("typescript/unstable/sync").Symbol} Named
 */

const root = fileURLToPath(new URL("..", import.meta.url));
export const REPORT = join(root, "docs", "api.md");

const HEAD = `# The library's face

What \`import … from "ratioscope"\` gives: every name with its declaration. \`npm run api\` writes this file, and \`npm test\` compares it with the code.
`;

/** The report on the library as it is, as docs/api.md has it: \`tsc\` builds its declarations. */
export function apiReport() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "ratioscope-api-")));
  try {
    const tsc = ["typescript/bin/tsc", "-p", "tsconfig.lib.json", "--outDir", folder];
    tool(tsc, "");
    const { values, types } = declarationsIn(folder);
    const report = [HEAD, section("Values", values), section("Types", types)].join("\n");
    return tool(["oxfmt/bin/oxfmt", "--stdin-filepath", "docs/api.md"], report);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What \`index.d.ts\` of a folder exports: declarations with their comments by name, in the order of
 * names.
 *
 * @throws {Error} where one of them names a declaration of the folder that is not exported: nobody
 *   could write the type down.
 * @param {string} folder a real path
 * @returns {{ values: Map<string, string>, types: Map<string, string> }}
 */
export function declarationsIn(folder) {
  const config = join(folder, "tsconfig.json");
  const compilerOptions = { target: "esnext", module: "esnext", moduleResolution: "bundler" };
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ["index.d.ts"] }));
  const api = new API({ cwd: folder });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    const index = project?.program.getSourceFile(join(folder, "index.d.ts"));
    const module = index && project?.checker.getSymbolAtLocation(index);
    if (!project || !index || !module)
      throw new Error(`${folder} has no index.d.ts that exports anything`);
    // Of the same spelling as in declarations, on systems that do not tell capitals from small letters.
    return exportsOf(project.checker, module, posix.dirname(index.path));
  } finally {
    api.close();
  }
}

/**
 * @param {Checker} checker
 * @param {Named} module
 * @param {string} folder
 */
function exportsOf(checker, module, folder) {
  const exported = checker
    .getExportsOfModule(module)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((symbol) => ({ symbol, meant: target(checker, symbol) }));
  const known = new Set(exported.map(({ meant }) => meant.id));
  /** @type {Map<string, string>} */
  const values = new Map();
  /** @type {Map<string, string>} */
  const types = new Map();
  /** @type {string[]} */
  const unreachable = [];
  for (const { symbol, meant } of exported) {
    const { name } = symbol;
    const nodes = meant.declarations.flatMap((each) => statementOf(each.resolve()) ?? []);
    const into = isValue(symbol, meant) ? values : types;
    into.set(
      name,
      nodes
        .map((node) =>
          node.getSourceFile().text.slice(node.getStart(undefined, true), node.getEnd()),
        )
        .join("\n"),
    );
    for (const other of namedIn(checker, nodes, folder))
      if (!known.has(other.id)) unreachable.push(`${other.name} (named by ${name})`);
  }
  if (unreachable.length > 0)
    throw new Error(`src/index.ts does not export ${[...new Set(unreachable)].join(", ")}.`);
  return { values, types };
}

/**
 * Declarations of the folder's modules that occur in the nodes.
 * @param {Checker} checker
 * @param {Node[]} nodes
 * @param {string} folder
 * @returns {Named[]}
 */
function namedIn(checker, nodes, folder) {
  /** @type {Node[]} */
  const identifiers = [];
  /** @param {Node} node */
  const visit = (node) => {
    if (node.kind === SyntaxKind.Identifier) identifiers.push(node);
    node.forEachChild(visit);
  };
  nodes.forEach(visit);
  if (identifiers.length === 0) return [];
  return checker
    .getSymbolAtLocation(identifiers)
    .flatMap((symbol) => (symbol ? [target(checker, symbol)] : []))
    .filter(({ declarations }) =>
      declarations.some(
        (each) => each.path.startsWith(folder) && statementOf(each.resolve()) !== null,
      ),
    );
}

/**
 * Whether there is something of this name when the program runs; a class may be exported as a type.
 * @param {Named} symbol
 * @param {Named} meant
 */
function isValue(symbol, meant) {
  const [specifier] = symbol.declarations.map((each) => each.resolve());
  if ((meant.flags & SymbolFlags.Value) === 0) return false;
  if (specifier === undefined || !isExportSpecifier(specifier)) return true;
  const statement = specifier.parent.parent;
  return !specifier.isTypeOnly && !(isExportDeclaration(statement) && statement.isTypeOnly);
}

/**
 * What a name stands for where it is imported or exported from elsewhere.
 * @param {Checker} checker
 * @param {Named} symbol
 */
const target = (checker, symbol) =>
  symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/**
 * The statement at a module's top that declares this; null for what is declared within another one.
 * @param {Node | undefined} node
 * @returns {Node | null}
 */
function statementOf(node) {
  const statement = node?.kind === SyntaxKind.VariableDeclaration ? node.parent.parent : node;
  return statement?.parent?.kind === SyntaxKind.SourceFile ? statement : null;
}

/**
 * @param {string} title
 * @param {Map<string, string>} declarations
 */
const section = (title, declarations) =>
  [
    `## ${title}\n`,
    ...Array.from(declarations, ([name, text]) => `### \`${name}\`\n\n\`\`\`ts\n${text}\n\`\`\`\n`),
  ].join("\n");

/**
 * Runs a tool of node_modules; throws with what it says where it fails.
 * @param {string[]} command
 * @param {string} input
 */
function tool([script = "", ...args], input) {
  const path = join(root, "node_modules", script);
  const options = { cwd: root, input, encoding: /** @type {const} */ ("utf8") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], options);
  if (status !== 0) throw new Error(`${script}: ${stdout}${stderr}`);
  return stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(REPORT), { recursive: true });
  writeFileSync(REPORT, apiReport());
}
