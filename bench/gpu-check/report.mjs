// What the parts of a check printed, as Markdown.
import { table, timing } from "../markdown.mjs";

/** @typedef {import("../contest.mjs").Line} Line */
/** @typedef {Record<string, any>} Told one JSON line of a part */
/**
 * @typedef {{ name: string, outcome: string, seconds: number, lines: Told[], said: string }} Result
 */
/**
 * @typedef {{ at: string, machine: string, card: string[], attempts: { tried: string, found: string }[],
 *   adapter: import("./environment.mjs").Adapter | null, results: Result[] }} Check
 */

const workloads = ["S", "M", "L"];
const families = ["register", "workgroup"];
/** Limits that say what a run may be; the others stand in the JSON. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
];

const percent = (/** @type {number} */ share) =>
  Number.isFinite(share) ? `${Number((100 * share).toPrecision(3))} %` : "";
const number = (/** @type {unknown} */ value) =>
  typeof value === "number" && Number.isFinite(value)
    ? Number(value.toPrecision(3)).toString()
    : "";
/** A text within a cell of a table. */
const cell = (/** @type {string} */ text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const ms = (/** @type {Told | undefined} */ line) =>
  line ? timing([/** @type {Line} */ (line)]) : "";

/** @param {Check} check */
export function markdown({ at, machine, card, attempts, adapter, results }) {
  const lines = results.flatMap((result) => result.lines);
  const parts = [
    `# GPU check\n\n${at}, ${machine}.`,
    ["## Adapter", ...card, adapterText(adapter, attempts)].join("\n\n"),
    `## Parts\n\n${table(
      ["part", "outcome", "seconds", "said last"],
      results.map(({ name, outcome, seconds, said }) => [
        name,
        outcome,
        seconds.toFixed(0),
        outcome === "done" ? "" : cell(said.slice(-300)),
      ]),
    )}`,
    kernelsText(lines),
    vectorsText(lines),
    stepsText(lines),
    rolloutsText(lines),
    limitsText(lines),
    pageText(lines),
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

/** @param {Check["adapter"]} adapter @param {Check["attempts"]} attempts */
function adapterText(adapter, attempts) {
  const tried = table(
    ["tried", "found"],
    attempts.map((each) => [each.tried, cell(each.found)]),
  );
  if (!adapter) return `No adapter of a real GPU was found.\n\n${tried}`;
  const { name, software, checked, info, features, limits } = adapter;
  const rows = [
    ["name", `${name}${software ? " (software)" : ""}`],
    ["a few known sums", cell(checked)],
    ...Object.entries(info).map(([key, value]) => [key, cell(value)]),
    ["features", features.join(", ")],
    ...LIMITS.map((key) => [key, (limits[key] ?? NaN).toLocaleString("en")]),
  ];
  return `${table(["adapter", ""], rows)}\n\n${tried}`;
}

/** @param {Told[]} lines */
function kernelsText(lines) {
  const files = lines.filter(({ kind }) => kind === "kernels");
  if (files.length === 0) return "";
  const sum = (/** @type {"passed" | "failed"} */ key) =>
    files.reduce((total, file) => total + file[key], 0);
  const failures = files.flatMap((file) =>
    file.failures.map((/** @type {string} */ each) => `- ${file.file}: ${each.slice(0, 300)}`),
  );
  return `## Kernel tests\n\n${files.length} files, ${sum("passed")} passed, ${sum("failed")} failed.\n\n${failures.join("\n")}`;
}

/** @param {Told[]} lines */
function vectorsText(lines) {
  const told = lines.filter(({ kind }) => kind === "vectors");
  if (told.length === 0) return "";
  const rows = told.map(({ file, family, cases, failed, worst, errors }) => {
    const errorsOf = /** @type {[string, number][]} */ (Object.entries(worst));
    const [quantity, error] = errorsOf.toSorted(([, a], [, b]) => b - a)[0] ?? ["", NaN];
    const most = quantity && `${quantity} ${error.toExponential(1)}`;
    return [
      file,
      family,
      String(cases),
      String(failed),
      most,
      cell(errors.join(" ").slice(0, 200)),
    ];
  });
  const heading = ["file", "family", "cases", "failed", "largest error", "errors of the device"];
  return `## Reference vectors\n\n${table(heading, rows)}`;
}

/** What PyTorch measured of the card, and the step of a workload. @param {Told[]} lines */
function torchOf(lines) {
  const own = lines.filter(({ host }) => host === "torch");
  const rate = (/** @type {string} */ what) =>
    own.find((line) => line.kind === "limits" && String(line.what).startsWith(what));
  const step = (/** @type {string} */ workload, /** @type {boolean} */ compiled) =>
    own.find(
      (line) =>
        line.kind === "train" && line.workload === workload && Boolean(line.compiled) === compiled,
    );
  return { matmul: rate("matmul")?.gflops, copy: rate("copy")?.gb_s, step };
}

/** @param {Told[]} lines */
function stepsText(lines) {
  const { matmul, copy, step } = torchOf(lines);
  const rows = workloads.flatMap((workload) => {
    const eager = step(workload, false);
    const compiled = step(workload, true);
    const ours = families.flatMap((family) => {
      const line = lines.find(
        (each) => each.kind === "train" && each.workload === workload && each.family === family,
      );
      if (!line) return [];
      const part = fractionOf(lines, line);
      return [
        [
          `${workload}, ${family}`,
          ms(line),
          number(line.first_ms),
          number(line.tok_s),
          number(line.gflops),
          percent(line.gflops / matmul),
          percent(part?.of_multiply_add),
          percent(part?.of_copy),
          percent(line.bytes / line.ms / 1e6 / copy),
          percent(part?.dispatch_share),
          number(eager?.ms / line.ms),
          number(compiled?.ms / line.ms),
        ],
      ];
    });
    const theirs = [eager, compiled].flatMap((line) =>
      line
        ? [
            [
              `${workload}, PyTorch ${line.torch}${line.compiled ? ` compiled (${line.compiled})` : " eager"}`,
              ms(line),
              number(line.first_ms),
              number(line.tok_s),
              number(line.gflops),
              percent(line.gflops / matmul),
              ...["", "", "", ""],
              number(eager?.ms / line.ms),
              number(compiled?.ms / line.ms),
            ],
          ]
        : [],
    );
    return [...ours, ...theirs];
  });
  if (rows.length === 0) return "";
  const heading = [
    "training step",
    "time",
    "first, ms",
    "tok/s",
    "GFLOP/s",
    "of PyTorch's f32 product",
    "of our multiply-add",
    "bytes bound, of our copy",
    "of PyTorch's copy",
    "dispatch cost",
    "× PyTorch eager",
    "× compiled",
  ];
  const known = matmul
    ? `The card's f32 product, measured by PyTorch: ${number(matmul)} GFLOP/s; its copy: ${number(copy)} GB/s.`
    : "PyTorch did not measure the card's f32 product.";
  return `## Training steps\n\n${known}\n\n${table(heading, rows)}`;
}

/** The fractions of a measurement. @param {Told[]} lines @param {Told} line */
const fractionOf = (lines, line) =>
  lines.find(
    ({ kind, of, workload, family }) =>
      kind === "fraction" &&
      of === line.kind &&
      workload === line.workload &&
      family === line.family,
  );

/** @param {Told[]} lines */
function rolloutsText(lines) {
  const rows = lines
    .filter(({ kind }) => kind === "rollout" || kind === "objective")
    .map((line) => {
      const part = fractionOf(lines, line);
      return [
        `${line.kind} ${line.workload}, ${line.family}`,
        ms(line),
        number(line.tok_s),
        number(line.gflops),
        percent(part?.of_copy),
        percent(part?.dispatch_share),
        percent(part?.of_step),
      ];
    });
  if (rows.length === 0) return "";
  const heading = ["", "time", "tok/s", "GFLOP/s", "of copy", "dispatch cost", "of the step"];
  return `## Rollout and objective\n\n${table(heading, rows)}`;
}

/** @param {Told[]} lines */
function limitsText(lines) {
  const rows = lines
    .filter(({ kind }) => kind === "limits")
    .map((line) => [
      `${line.what}, ${line.host === "torch" ? "PyTorch" : line.family}`,
      ms(line),
      line.gflops
        ? `${number(line.gflops)} GFLOP/s`
        : line.gb_s
          ? `${number(line.gb_s)} GB/s`
          : `${number(line.us_each)} µs each`,
    ]);
  return rows.length === 0 ? "" : `## Limits\n\n${table(["limit", "time", "rate"], rows)}`;
}

/** @param {Told[]} lines */
function pageText(lines) {
  const rows = lines
    .filter(({ kind }) => kind === "page")
    .map(({ at, ms: since, adapter, browser, steps_per_s, reward, errors }) => [
      at,
      `${since} ms`,
      cell([adapter, browser && `Chromium ${browser}`].filter(Boolean).join(", ")),
      number(steps_per_s),
      number(reward),
      cell((errors ?? []).join(" ")),
    ]);
  if (rows.length === 0) return "";
  const heading = ["the page", "since it was opened", "adapter", "steps/s", "reward", "errors"];
  return `## The page\n\n![The page](page.png)\n\n${table(heading, rows)}`;
}
