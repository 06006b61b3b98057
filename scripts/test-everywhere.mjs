// `npm run -s test:everywhere -- [--hosts node,deno,firefox] [--checks kernels,vectors,presets,page]
// [--presets NAME,…] [--steps 24] [--slow 1]`: kernel tests, reference vectors and the first steps of
// presets in Node (Dawn), in Deno and in Firefox (wgpu, naga; on Mesa's lavapipe where there is no GPU), and
// in Firefox what a reader of the page does first. Prints a table host × check with the largest errors, and
// whether the digits of the runs are the same. Installs what is missing.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../bench/markdown.mjs";
import { cell } from "./everywhere/cells.mjs";
import { compareRuns, toldDifference } from "./everywhere/digits.mjs";
import { deno, node } from "./everywhere/hosts.mjs";
import { buildParts, copyVectors } from "./gpu-check-parts.mjs";
import { refuse, root, setUp } from "./setup.mjs";

/** @typedef {import("./everywhere/hosts.mjs").Host} Host */
/** @typedef {import("./everywhere/hosts.mjs").Line} Line */

const folder = join(root, "test-results", "everywhere");
/** Minutes that a check has on a host, on two idle cores about three times what it takes. */
const LIMITS = { kernels: 30, vectors: 10, presets: 20, page: 20 };
const CHECKS = /** @type {(keyof typeof LIMITS)[]} */ (Object.keys(LIMITS));
/** In this order: each is compared with those before it. */
const HOSTS = {
  node: async () => node(folder),
  deno: async () => deno(folder),
  firefox: async () => (await import("./everywhere/firefox.mjs")).firefox(folder),
};

const { values } = parseArgs({
  options: {
    hosts: { type: "string", default: Object.keys(HOSTS).join() },
    checks: { type: "string", default: CHECKS.join() },
    presets: { type: "string", default: "sort,moe-sort,count-dots" },
    steps: { type: "string", default: "24" },
    slow: { type: "string", default: "1" },
  },
});
/** @template {string} T @param {string} flag @param {string} text @param {readonly T[]} known */
const named = (flag, text, known) => {
  const asked = text.split(",");
  const stranger = asked.find((each) => !known.some((name) => name === each));
  if (stranger !== undefined) refuse(`--${flag} is ${stranger}; there are ${known.join(", ")}.`);
  return known.filter((name) => asked.includes(name));
};
const checks = named("checks", values.checks, CHECKS);
const wanted = named(
  "hosts",
  values.hosts,
  /** @type {(keyof typeof HOSTS)[]} */ (Object.keys(HOSTS)),
);
const slow = Number(values.slow);
if (!(slow > 0)) refuse(`--slow is ${values.slow}; it must be above 0.`);

setUp();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await buildParts(folder);
copyVectors(folder);

/** @type {Record<string, string[]>} */
const args = {
  kernels: ["0", "1"],
  vectors: ["register", join(folder, "vectors")],
  presets: [values.steps, ...values.presets.split(",")],
};
/** @type {Record<string, string[]>} */
const inPages = { ...args, vectors: readdirSync(join(folder, "vectors")) };

/** @type {string[]} */
const broken = [];
/** @type {Map<string, Line[]>} */
const runs = new Map();
/** @type {string[][]} */
const rows = [];
for (const name of wanted) {
  const host = await HOSTS[name]();
  const row = [host.name];
  for (const check of checks) {
    if (!host.checks.includes(check)) {
      row.push("–");
      continue;
    }
    const lines = await linesOf(host, check, (name === "firefox" ? inPages : args)[check] ?? []);
    row.push(
      [cell(check, lines), ...(check === "presets" ? digits(host.name, lines) : [])].join("; "),
    );
  }
  rows.push(row);
  await host.close();
}

console.log(table(["host", ...checks], rows));
for (const sentence of broken) console.error(sentence);
process.exit(broken.length === 0 ? 0 : 1);

/** @param {Host} host @param {keyof typeof LIMITS} check @param {readonly string[]} given */
async function linesOf(host, check, given) {
  console.error(`${host.name}: ${check} …`);
  const limit = AbortSignal.timeout(60_000 * slow * LIMITS[check]);
  /** @type {Line[]} */
  const lines = [];
  try {
    for await (const line of host.lines(check, given, limit)) {
      lines.push(line);
      for (const each of [...(line.failures ?? []), ...(line.errors ?? [])])
        broken.push(`${host.name}, ${check}, ${line.file ?? line.preset}: ${each}`);
    }
  } catch (error) {
    const why = limit.aborted
      ? `not done after ${LIMITS[check] * slow} minutes; --slow ${2 * slow} gives it twice as long`
      : String(error);
    broken.push(`${host.name}, ${check}, after ${lines.length} lines: ${why}`);
  }
  return lines;
}

/** How far a host's runs are those of each before it. @param {string} name @param {Line[]} lines */
function digits(name, lines) {
  const mine = /** @type {import("./everywhere/digits.mjs").StepLine[]} */ (lines);
  const told = [...runs].map(([other, theirs]) => {
    const found = compareRuns(
      mine,
      /** @type {import("./everywhere/digits.mjs").StepLine[]} */ (theirs),
    );
    const sentence = toldDifference(found, `${other}’s`);
    if (found.beyond || found.missing > 0) broken.push(`${name}, presets: ${sentence}`);
    return sentence;
  });
  runs.set(name, lines);
  return told;
}
