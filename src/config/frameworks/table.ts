import { field, fields } from "../schema.ts";
import { hydraValue } from "./notation.ts";
import { frameworks } from "./registry.ts";
import { targets } from "./targets.ts";
import type { Framework, Rule } from "./types.ts";

/** Those with settings that are TRL's fields; the others are explained alone. */
const columns = frameworks.filter(({ rules }) => rules.some(({ fields: own }) => own.length > 0));

const short = (key: string): string => key.replace(/^actor_rollout_ref\./, "");

/** A setting with its default, and how near it is where it is not exact. */
function cell({ rules }: Framework, field: string): string {
  const own = rules.filter((rule) => rule.fields.includes(field));
  const said = own.flatMap(({ keys, mark, note }) =>
    Object.keys(keys).length === 0
      ? [`– (${note})`]
      : [
          Object.entries(keys)
            .map(
              ([key, usual]) =>
                `\`${short(key)}\`${usual === undefined ? "" : ` ${usualText(usual)}`}`,
            )
            .join(", ") + (mark === "exact" ? "" : ` · ${mark}`),
        ],
  );
  return said.length === 0 ? "–" : said.join("; ");
}

const usualText = (usual: NonNullable<Rule["keys"][string]> | null): string =>
  usual !== null && typeof usual === "object" && !Array.isArray(usual)
    ? "…"
    : Array.isArray(usual) && typeof usual[0] === "object"
      ? "…"
      : hydraValue(usual);

const row = (cells: readonly string[]): string =>
  `| ${cells.map((each) => each.replaceAll("|", "\\|")).join(" | ")} |`;

/** Fields as rows, frameworks as columns. */
function matrix(): string {
  const named = fields
    .map(({ name }) => name)
    .filter((name) =>
      columns.some(({ rules }) => rules.some(({ fields: own }) => own.includes(name))),
    );
  return [
    row(["TRL", ...columns.map(({ name }) => name)]),
    row(["---", ...columns.map(() => "---")]),
    ...named.map((name) =>
      row([
        `\`${name}\`${field(name).removed?.why.endsWith("not TRL's") ? " (not TRL's)" : ""}`,
        ...columns.map((framework) => cell(framework, name)),
      ]),
    ),
  ].join("\n");
}

/** What differs, and what a framework has alone. */
function notes(framework: Framework): string {
  const { name, rules } = framework;
  const differs = rules.filter(({ fields: own, note }) => own.length > 0 && note !== "");
  const alone = rules.filter(({ fields: own }) => own.length === 0);
  return [
    `## ${name}`,
    "",
    ...differs.map(
      ({ fields: own, note }) => `- ${own.map((field) => `\`${field}\``).join(", ")}: ${note}`,
    ),
    ...(differs.length === 0 || alone.length === 0 ? [] : [""]),
    ...(alone.length === 0 ? [] : ["Not to be said in TRL's fields:", ""]),
    ...alone.flatMap(({ keys, note }) =>
      Object.keys(keys).map((key) => `- \`${short(key)}\`: ${note}`),
    ),
  ].join("\n");
}

/** docs/frameworks.md between its marks: the tables that the page and the command read by. */
export function frameworksDocument(): string {
  const written = Object.entries(targets).map(([name, { is }]) => `- \`--to ${name}\`: ${is}`);
  return [
    "## All fields",
    "",
    matrix(),
    "",
    "## What is written",
    "",
    ...written,
    "",
    ...frameworks.flatMap((framework) => [notes(framework), ""]),
  ]
    .join("\n")
    .trim();
}
