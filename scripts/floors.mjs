// The floors of src: which folder may import which. `.oxlintrc.json` has it as lint's allow-list and
// docs/ARCHITECTURE.md as its list of floors, both written from here by `npm run fix`:
// tests/tooling/floors.test.ts compares them and looks for folders without a row.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { betweenMarks } from "./between-marks.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * A folder of src with all that lies in it, or a file at src's root.
 * @typedef {object} Floor
 * @property {string} is What lies there, in one sentence.
 * @property {string[]} imports The floors that it may import.
 * @property {string[]} [types] Floors whose types alone it may import: what they do, they do elsewhere.
 * @property {string[]} [packages] What it may import of node_modules and of Node.
 * @property {string[]} [beside] Folders and files outside of src that it may import.
 */

const kernels = ["engine/gpu", "engine/layers", "engine/policy"];
const wings = [...kernels, "engine/sampler", "engine/objective", "engine/optimizer"];
const data = ["base", "tasks", "config", "record"];

/** @type {Record<string, Floor>} */
export const floors = {
  base: { is: "Errors, random numbers, sizes, CSV.", imports: [] },
  tasks: { is: "Toy tasks: prompts and rewards, one a file.", imports: ["base"] },
  config: {
    is: "The configuration: schema, presets, checks, findings, links, the step plan; what is pasted.",
    imports: ["base", "tasks"],
    packages: ["zod", "@lezer/python", "yaml", "toml-eslint-parser", "unbash"],
  },
  "config/frameworks": {
    is: "Other trainers' configurations, one table a trainer: read into TRL's fields, and written.",
    imports: ["tasks", "config"],
    packages: ["yaml"],
  },
  record: {
    is: "What one optimizer step was: everything on screen is a view of it.",
    imports: ["base", "config"],
  },
  "engine/gpu": { is: "Devices, buffers, kernels, submissions.", imports: ["base"] },
  "engine/shaders": {
    is: "What every kernel is made of.",
    imports: [],
    beside: ["shaders"],
  },
  "engine/layers": {
    is: "Products, attention, norms, experts, embedding, log-probs: kernels and their plans.",
    imports: ["engine/gpu", "engine/shaders"],
    types: ["config"],
  },
  "engine/policy": {
    is: "The policy: weights, forward, backward.",
    imports: ["base", "tasks", "config", "engine/gpu", "engine/layers"],
  },
  "engine/sampler": {
    is: "Completions, token by token, with a key-value cache.",
    imports: ["base", ...kernels, "engine/shaders"],
  },
  "engine/objective": {
    is: "Ratios, clipping, losses, advantages.",
    imports: ["base", "config", "record", "engine/gpu", "engine/shaders"],
  },
  "engine/optimizer": {
    is: "Update rules and the gradient's norm.",
    imports: ["base", "config", "engine/gpu", "engine/shaders"],
  },
  "engine/training": {
    is: "Rollout, update, arm, evaluation, warm start.",
    imports: [...data, ...wings],
  },
  "engine/history": {
    is: "What a run went through: checkpoints, changes; steps that were, trained again.",
    imports: ["base", "config", "record", "engine/training"],
  },
  "engine/run": {
    is: "A run: its arms in lockstep, and what it will hold.",
    imports: [...data, ...kernels, "engine/training", "engine/history"],
  },
  analysis: {
    is: "How a record is read: stages, clip rule, rows, sentences, recombination, what-if. Pure.",
    imports: ["base", "tasks", "config", "record"],
  },
  glossary: {
    is: "The words of the page, each in two lines.",
    imports: [],
    types: ["config"],
  },
  vectors: {
    is: "The engine against what the real packages compute.",
    imports: ["config", "record", "engine/shaders", ...wings, "engine/training"],
  },
  experiments: {
    is: "Claims that runs decide: what runs, what is measured, statistics, verdicts.",
    imports: ["base", "config", "record", "analysis", "engine/run"],
    types: ["engine/gpu", "engine/policy"],
  },
  lessons: {
    is: "Lessons: predictions about a batch, checked against its record. Pure.",
    imports: ["config", "record", "analysis", "experiments"],
  },
  runs: {
    is: "Runs outside of memory: database, files, logs of other trainers, policies.",
    imports: [...data, "engine/gpu", "engine/policy", "engine/objective", "engine/training"],
    types: ["experiments"],
    packages: ["zod", "idb", "fflate", "hyparquet"],
  },
  worker: {
    is: "The training, and the reading of files, in threads of their own.",
    imports: [
      "base",
      "config",
      "record",
      ...kernels,
      "engine/training",
      "engine/run",
      "vectors",
      "experiments",
      "runs",
    ],
    packages: ["idb"],
    beside: ["package.json"],
  },
  cli: {
    is: "The commands.",
    imports: [
      ...data,
      "config/frameworks",
      ...kernels,
      "engine/sampler",
      "engine/training",
      "engine/run",
      "vectors",
      "analysis",
      "experiments",
      "runs",
      "worker",
    ],
    packages: ["node:*", "webgpu", "playwright", "vite"],
    beside: ["shaders", "scripts"],
  },
  "store/browser": {
    is: "What the browser does for the page: keeps, downloads, paints.",
    imports: [],
    packages: ["zustand"],
  },
  "store/view": {
    is: "What the reader looks at.",
    imports: ["store/browser"],
    types: ["analysis", "record", "lessons"],
    packages: ["zustand"],
  },
  "store/config": {
    is: "Edits that wait for a reset.",
    imports: ["config"],
    packages: ["zustand"],
  },
  "store/run": {
    is: "The run on the page: what the worker says and is told.",
    imports: ["base", "tasks", "config", "record", "runs", "worker", "store/config", "store/view"],
    types: ["engine/training", "engine/run"],
    packages: ["zustand", "react"],
  },
  "store/screen": {
    is: "The step and arm on screen.",
    imports: ["config", "record", "analysis", "store/view", "store/run"],
    packages: ["zustand", "react"],
  },
  "store/library": {
    is: "Runs that are stored, opened, compared, imported.",
    imports: [
      "base",
      "config",
      "record",
      "analysis",
      "runs",
      "worker",
      "store/browser",
      "store/view",
      "store/config",
      "store/run",
      "store/screen",
    ],
    packages: ["zustand", "react"],
  },
  "store/changes": {
    is: "Fields that are changed, findings, undo.",
    imports: ["base", "config", "store/config", "store/run", "store/screen"],
    packages: ["zustand"],
  },
  "store/charts": {
    is: "The lines of the charts.",
    imports: ["base", "config", "store/run", "store/library"],
    types: ["runs"],
    packages: ["zustand"],
  },
  "store/lesson": {
    is: "How far a reader is in the lessons, and the run they are about.",
    imports: [
      "record",
      "experiments",
      "lessons",
      "runs",
      "store/browser",
      "store/view",
      "store/run",
    ],
    types: ["analysis"],
    packages: ["zustand"],
  },
  "store/experiments": {
    is: "Experiments: what is recorded, what this browser has, the one that runs.",
    imports: ["base", "experiments", "runs", "worker", "store/run"],
    packages: ["zustand"],
  },
  "store/page": {
    is: "The page as a whole: its link, its start, its frame, its lecture.",
    imports: [
      "config",
      "record",
      "analysis",
      "runs",
      "worker",
      "store/browser",
      "store/view",
      "store/run",
      "store/screen",
      "store/library",
      "store/changes",
      "store/charts",
      "store/lesson",
      "lessons",
    ],
    packages: ["zustand"],
  },
  scripting: {
    is: "window.ratioscope.",
    imports: ["base", "config", "record", "store/run", "store/library"],
    types: ["runs"],
  },
  views: {
    is: "React.",
    imports: [
      "base",
      "config",
      "config/frameworks",
      "record",
      "analysis",
      "experiments",
      "runs",
      "store/browser",
      "store/view",
      "store/config",
      "store/run",
      "store/screen",
      "store/library",
      "store/changes",
      "store/charts",
      "store/lesson",
      "store/experiments",
      "store/page",
      "glossary",
      "lessons",
    ],
    types: ["engine/training", "worker"],
    packages: ["react", "react-dom", "react-aria-components", "recharts", "katex", "zustand"],
    beside: ["package.json"],
  },
  "index.ts": {
    is: "The engine as a library.",
    imports: [
      ...data,
      "engine/gpu",
      "engine/policy",
      "engine/objective",
      "engine/training",
      "engine/run",
    ],
    types: ["engine/optimizer"],
  },
  "offline.ts": {
    is: "The service worker: the site without a network.",
    imports: [],
    packages: ["workbox-precaching"],
  },
  "main.tsx": {
    is: "The page.",
    imports: ["store/page", "scripting", "views"],
    packages: ["react", "react-dom"],
  },
};

/** Neither React nor a page is there. */
const headless = [
  "base",
  "tasks",
  "config",
  "record",
  "engine",
  "analysis",
  "lessons",
  "vectors",
  "experiments",
  "runs",
];

const ofAPage = [
  "window",
  "document",
  "localStorage",
  "sessionStorage",
  "navigator",
  "location",
  "requestAnimationFrame",
];

/** @param {string} floor */
const isFile = (floor) => /\.tsx?$/.test(floor);

/**
 * Floors that lie within another one, which does not know them.
 * @param {string} floor
 */
const wingsOf = (floor) => Object.keys(floors).filter((each) => each.startsWith(`${floor}/`));

/**
 * Folders within a floor, which may import each other.
 * @param {string} floor
 * @returns {string[]}
 */
const rooms = (floor) =>
  isFile(floor) || !existsSync(join(root, "src", floor))
    ? []
    : readdirSync(join(root, "src", floor), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !(`${floor}/${entry.name}` in floors))
        .map(({ name }) => name);

/**
 * The way to a folder or file of the project from another one.
 * @param {string} folder
 * @param {string} other
 */
function way(folder, other) {
  const found = posix.relative(folder, other);
  return found.startsWith(".") ? found : `./${found}`;
}

/**
 * What of another floor may be imported: all of it. Of the one around a floor, its files and rooms one
 * by one: "../**" would be everything.
 * @param {string} folder
 * @param {string} other
 */
function opened(folder, other) {
  const there = way(folder, `src/${other}`);
  if (!folder.startsWith(`src/${other}/`)) return [`${there}/**`];
  return [`${there}/*.ts`, ...rooms(other).map((room) => `${there}/${room}/**`)];
}

/**
 * Lint's rule for what lies in a folder of a floor: patterns as in .gitignore, of which the later take
 * back. Rooms of a floor may import each other and what lies beside them.
 * @param {string} floor
 * @param {string} folder
 */
function rule(floor, folder) {
  const { imports, types = [], packages = [], beside = [] } = /** @type {Floor} */ (floors[floor]);
  const inside = isFile(floor)
    ? []
    : folder === `src/${floor}`
      ? ["./**"]
      : ["./**", "../*.ts", "../*.tsx", ...rooms(floor).map((room) => `../${room}/**`)];
  const open = [
    ...inside,
    ...[...imports, ...types].flatMap((other) => opened(folder, other)),
    ...beside.flatMap((each) => [way(folder, each), `${way(folder, each)}/**`]),
    ...packages.flatMap((each) => [each, `${each}/**`]),
  ];
  // What is open as a whole is open but for the floors within it.
  const shut = [floor, ...imports, ...types]
    .flatMap(wingsOf)
    .filter((wing) => ![floor, ...imports, ...types].includes(wing));
  const escaped = types.map((other) => way(folder, `src/${other}`).replaceAll(".", "\\."));
  return [
    "error",
    {
      patterns: [
        // First: lint stops at a pattern that takes the path back.
        ...(types.length === 0
          ? []
          : [
              {
                regex: `^(${escaped.join("|")})/`,
                allowTypeImports: true,
                message: `${floor} may import no more than types of that: scripts/floors.mjs.`,
              },
            ]),
        {
          group: [
            "*",
            ...open.map((each) => `!${each}`),
            ...shut.map((wing) => `${way(folder, `src/${wing}`)}/**`),
          ],
          message: `${floor} may not import that: scripts/floors.mjs says what it may.`,
        },
      ],
    },
  ];
}

/** What `.oxlintrc.json` says of the floors. */
const overrides = () => [
  {
    files: ["src/**"],
    rules: {
      "max-lines": ["error", 300],
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["*"],
              message:
                "This folder has no row in scripts/floors.mjs: nobody knows what it may import.",
            },
          ],
        },
      ],
    },
  },
  {
    files: headless.map((floor) => `src/${floor}/**`),
    rules: {
      "no-restricted-globals": [
        "error",
        ...ofAPage.map((name) => ({
          name,
          message: "There is no page here: Node and workers run it too.",
        })),
      ],
    },
  },
  ...Object.keys(floors).flatMap((floor) => {
    const folder = `src/${floor}`;
    const restricting = (/** @type {string} */ files, /** @type {string} */ from) => ({
      files: [files],
      rules: { "no-restricted-imports": rule(floor, from) },
    });
    if (isFile(floor)) return [restricting(folder, "src")];
    if (rooms(floor).length === 0) return [restricting(`${folder}/**`, folder)];
    return [
      restricting(`${folder}/*`, folder),
      restricting(`${folder}/*/**`, `${folder}/${rooms(floor)[0]}`),
    ];
  }),
];

/** `.oxlintrc.json` with the overrides of the floors; others, which are not about src, stay. */
export function lintConfig() {
  const config = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8"));
  const others = config.overrides.filter(
    (/** @type {{ files: string[] }} */ { files }) =>
      !files.some((each) => each.startsWith("src/")),
  );
  return { ...config, overrides: [...overrides(), ...others] };
}

const ARCHITECTURE = join(root, "docs", "ARCHITECTURE.md");

/** `docs/ARCHITECTURE.md` with a line for each floor between its marks. */
export function architecture() {
  const lines = Object.entries(floors).map(([floor, { is }]) => `- \`${floor}\`: ${is}`);
  return betweenMarks(readFileSync(ARCHITECTURE, "utf8"), "floors", lines.join("\n"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, ".oxlintrc.json"), `${JSON.stringify(lintConfig(), null, 2)}\n`);
  writeFileSync(ARCHITECTURE, architecture());
}
