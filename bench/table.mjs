// `npm run bench:table -- --peers FOLDER [--rounds 3] [--parts contest,own,growth,page]
// [--workload S,M,L]` measures, and writes the tables of README.md beside this file. FOLDER holds
// the other trainers' benchmarks; the workloads are those of our own figures.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format } from "oxfmt";
import { betweenMarks } from "../scripts/between-marks.mjs";
import { requireChromium } from "../scripts/chromium.mjs";
import { refuse, root } from "../scripts/setup.mjs";
import { contests, hold, lines as linesOf, ours } from "./contest.mjs";
import { kernelRows, median, spread, table, timing } from "./markdown.mjs";

/** @typedef {import("./contest.mjs").Line} Line */

const known = ["contest", "own", "growth", "page"];
const { values } = parseArgs({
  options: {
    peers: { type: "string" },
    rounds: { type: "string", default: "3" },
    parts: { type: "string", default: known.join() },
    workload: { type: "string", default: "S,M,L" },
  },
});
const rounds = Number(values.rounds);
const parts = values.parts.split(",");
const stranger = parts.find((part) => !known.includes(part));
if (stranger !== undefined)
  refuse(`No part is called ${stranger}: choose from ${known.join(", ")}.`);
if (!(rounds >= 1)) refuse(`--rounds is ${values.rounds}; it must be at least 1.`);
if (parts.includes("contest") && values.peers === undefined) {
  refuse("Give the folder of the other trainers' benchmarks: --peers FOLDER.");
}
process.env.CHROMIUM = requireChromium();

const page = join(import.meta.dirname, "README.md");
mkdirSync(join(root, "test-results"), { recursive: true });
const raw = join(root, "test-results", "bench-table.jsonl");
/** @param {readonly object[]} lines */
const keep = (lines) => {
  for (const line of lines) appendFileSync(raw, `${JSON.stringify(line)}\n`);
};

const version = async () => {
  const { chromium } = await import("playwright");
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "" });
  const text = browser.version();
  await browser.close();
  return `Chromium ${text.split(".")[0]}`;
};

/**
 * When, on what and under what load a part was measured.
 * @param {string | undefined} adapter
 * @param {readonly number[]} loads
 */
const circumstances = async (adapter, loads) => {
  const [least, most] = [Math.min(...loads), Math.max(...loads)].map((each) => each.toFixed(1));
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${adapter ?? "unnamed adapter"}, ${await version()}, load average ${least}–${most}`;
};

/** @param {string} name @param {string} text */
const write = async (name, text) => {
  const document = betweenMarks(readFileSync(page, "utf8"), name, text);
  writeFileSync(page, (await format("README.md", document, { printWidth: 100 })).code);
};

const heading = ["what", "ours", "theirs", "times faster", "target"];

if (parts.includes("contest")) {
  const rows = [];
  const loads = [];
  let adapter;
  for (const contest of contests) {
    const held = [];
    for (let round = 0; round < rounds; round++) {
      held.push(await hold(/** @type {string} */ (values.peers), contest));
    }
    keep(held.map((round) => ({ ...round, contest })));
    loads.push(...held.map(({ load }) => load));
    const mine = held.map((round) => round.ours);
    adapter = mine[0]?.adapter;
    const what = `${contest.what === "train" ? "training step" : "rollout"} ${contest.workload}`;
    for (const [i, { title, target }] of contest.against.entries()) {
      const others = held.map((round) => /** @type {Line} */ (round.theirs[i]));
      const faster = others.map((other, round) => other.ms / Number(mine[round]?.ms));
      const aim = target === undefined ? "" : `≥ ${target}`;
      rows.push([`${what}, ${title}`, timing(mine), timing(others), spread(faster), aim]);
    }
    if (contest === contests[0]) {
      const first = (/** @type {readonly Line[]} */ lines) =>
        `${(median(lines.map(({ first_ms }) => first_ms)) / 1000).toFixed(1)} s`;
      const others = held.map((round) => /** @type {Line} */ (round.theirs[0]));
      const sooner = others.map((other, i) => other.first_ms / Number(mine[i]?.first_ms));
      const title = `first step S, compile included, ${contest.against[0]?.title}`;
      rows.push([title, first(mine), first(others), spread(sooner), "≤ 2.2 s"]);
    }
    // After every contest: what is interrupted keeps what there is.
    const told = await circumstances(adapter, loads);
    const times = rounds === 1 ? "once" : `${rounds} times over`;
    await write("contest", `${told}; in turn, ${times}.\n\n${table(heading, rows)}`);
  }
}

if (parts.includes("own")) {
  const before = loadavg()[0] ?? NaN;
  const lines = await ours("--workload", values.workload, "--limits", "--arms", "--n", "5");
  keep(lines);
  const rows = [];
  for (const line of lines) {
    if (line.kind !== "train" && line.kind !== "rollout" && line.kind !== "objective") continue;
    const fraction = lines.find(
      ({ kind, of, workload }) =>
        kind === "fraction" && of === line.kind && workload === line.workload,
    );
    const percent = (/** @type {unknown} */ share) =>
      typeof share === "number" ? `${Number((100 * share).toPrecision(2))} %` : "";
    rows.push([
      `${line.kind} ${line.workload}`,
      timing([line]),
      String(line.tok_s),
      String(line.gflops ?? ""),
      String(line.dispatches),
      `${(Number(line.bytes) / 2 ** 20).toFixed(0)} MiB`,
      line.peak_buffer_bytes ? `${(Number(line.peak_buffer_bytes) / 2 ** 20).toFixed(1)} MiB` : "",
      percent(fraction?.of_linear),
      percent(fraction?.of_multiply_add),
      percent(fraction?.of_copy),
      percent(fraction?.dispatch_share),
      percent(fraction?.of_step),
    ]);
  }
  const figures = table(
    [
      "what",
      "time",
      "tok/s",
      "GFLOP/s",
      "dispatches",
      "bytes bound",
      "peak buffers",
      "of our bare product",
      "of multiply-add",
      "of copy",
      "dispatch cost",
      "of the step",
    ],
    rows,
  );
  const limits = table(
    ["limit", "time", "rate"],
    lines
      .filter(({ kind }) => kind === "limits")
      .map((line) => [
        String(line.what),
        timing([line]),
        line.gflops
          ? `${line.gflops} GFLOP/s`
          : line.gb_s
            ? `${line.gb_s} GB/s`
            : `${line.us_each} µs each`,
      ]),
  );
  const trained = lines.filter(({ kind, kernels_ms }) => kind === "train" && kernels_ms);
  const kernels = table(
    [
      "where the time of a step goes, kernel by kernel",
      ...trained.flatMap(({ workload }) => [`${workload}: dispatches`, "GPU time (share)"]),
    ],
    kernelRows(
      trained.map(({ kernels_ms }) => /** @type {Record<string, number>} */ (kernels_ms)),
      trained.map((line) => /** @type {Record<string, number>} */ (line.kernel_dispatches)),
    ),
  );
  const arms = lines.filter(({ kind }) => kind === "arms");
  const pair = arms.at(-1);
  const said = `A generation of the default preset: one arm ${timing(arms.slice(0, 1))}, two ${timing(arms.slice(1))}: ${String(pair?.of_one)} times one (${String(pair?.of_one_min)}–${String(pair?.of_one_max)}, alternated; target ≤ 1.75).`;
  const on = `${lines[0]?.adapter ?? "unnamed adapter"}, ${String(lines[0]?.family)} tiles`;
  const told = await circumstances(on, [before, loadavg()[0] ?? NaN]);
  await write("own", `${told}.\n\n${figures}\n\n${limits}\n\n${kernels}\n\n${said}`);
}

if (parts.includes("growth")) {
  const before = loadavg()[0] ?? NaN;
  const lines = await ours("--growth", "batch,context,parameters,filled", "--n", "3");
  keep(lines);
  const most = Math.max(...lines.map((line) => Number(line.us_per_token)));
  const rows = lines.map((line) => [
    String(line.along),
    `${String(line.batch)} × ${String(line.context)}`,
    Number(line.tokens).toLocaleString("en"),
    Number(line.parameters).toLocaleString("en"),
    timing([line]),
    String(line.us_per_token),
    "█".repeat(Math.max(1, Math.round((20 * Number(line.us_per_token)) / most))),
    String(line.gflops),
    `${(Number(line.peak_buffer_bytes) / 2 ** 20).toFixed(1)} MiB`,
  ]);
  const told = await circumstances(lines[0]?.adapter, [before, loadavg()[0] ?? NaN]);
  const figures = table(
    [
      "along",
      "rows × columns",
      "tokens",
      "weights",
      "step",
      "µs a token",
      "",
      "GFLOP/s",
      "peak buffers",
    ],
    rows,
  );
  await write("growth", `${told}.\n\n${figures}`);
}

if (parts.includes("page")) {
  const [first, tasks, ...paints] = await linesOf(join(import.meta.dirname, "page.mjs"));
  keep([first, tasks, ...paints].filter((line) => line !== undefined));
  const ms = (/** @type {unknown} */ value) => `${Math.round(Number(value))} ms`;
  const rows = [
    ["page ready to first step, compile included", ms(first?.ms), "≤ 3 s"],
    [
      `tasks over 50 ms in ${String(tasks?.seconds)} s, ${String(tasks?.steps)} steps, every view open`,
      `${String(tasks?.tasks)} by the clock, longest ${ms(tasks?.longest_ms)}; ${String(tasks?.processor_over_50)} of processor time, longest ${ms(tasks?.processor_longest_ms)}`,
      "none",
    ],
    ...paints.map((line) => [
      `interaction to next paint: ${String(line.of)}`,
      `${ms(line.median_ms)}, longest ${ms(line.longest_ms)} of ${line.n}`,
      "≤ 100 ms",
    ]),
  ];
  const loads = [Number(first?.load), Number(tasks?.load), loadavg()[0] ?? NaN];
  const told = await circumstances(first?.adapter, loads);
  await write("page", `${told}.\n\n${table(["what", "measured", "target"], rows)}`);
}
