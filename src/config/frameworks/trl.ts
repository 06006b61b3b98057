import { fields } from "../schema.ts";
import type { FieldValue } from "../field.ts";
import type { Form } from "../python/export.ts";
import {
  floatLiteral,
  jsonLiteral,
  pythonLiteral,
  yamlFloat,
  yamlLiteral,
} from "../python/write-value.ts";
import type { ForeignReading } from "./read.ts";

/** One argument of GRPOConfig; one that it has no more is a comment. */
interface Argument {
  name: string;
  value: FieldValue;
  float: boolean;
  gone: string;
}

/** Another trainer's configuration as TRL's: every value that differs from TRL's default, or is read. */
export function writeTRL(reading: ForeignReading, form: Form): string {
  const { framework, told, values } = reading;
  const all = fields.flatMap(({ name, type, removed, launched }): Argument[] => {
    const value = values[name];
    if (value === undefined || launched) return [];
    const float = type.kind === "float" && type.wholeFrom === undefined;
    return [{ name, value, float, gone: removed?.why ?? "" }];
  });
  const lost = told.filter(
    ({ mark, line }) => mark === "near" || (mark === "none" && line !== null),
  );
  const says = [
    `TRL, from a configuration of ${framework.name}.`,
    ...lost.map(
      ({ key, mark, says: each }) =>
        `${mark === "near" ? "near" : "missing"}: ${key ?? ""}. ${each}`,
    ),
    ...(Number(values.num_processes ?? 1) === 1
      ? []
      : [`accelerate launch --num_processes ${Number(values.num_processes)} train.py`]),
  ];
  return write(all, says, form);
}

function write(all: readonly Argument[], says: readonly string[], form: Form): string {
  const head = says.map((each) => `# ${each}\n`).join("");
  const isFloat = ({ float, value }: Argument): boolean => float && typeof value === "number";
  switch (form) {
    case "json": {
      const entries = all
        .filter(({ gone }) => gone === "")
        .map((each) => {
          const literal = isFloat(each)
            ? floatLiteral(each.value as number)
            : jsonLiteral(each.value);
          return `  "${each.name}": ${literal.replaceAll("\n", "\n  ")}`;
        });
      return `{\n${entries.join(",\n")}\n}\n`;
    }
    case "yaml": {
      const lines = all.map((each) => {
        const literal = isFloat(each) ? yamlFloat(each.value as number) : yamlLiteral(each.value);
        return each.gone === ""
          ? `${each.name}: ${literal}`
          : `# ${each.name}: ${literal}  # ${each.gone}`;
      });
      return `${head}${lines.join("\n")}\n`;
    }
    default: {
      const lines = all.map((each) => {
        const literal = isFloat(each)
          ? floatLiteral(each.value as number)
          : pythonLiteral(each.value);
        return each.gone === ""
          ? `    ${each.name}=${literal},`
          : `    # ${each.name}=${literal},  # ${each.gone}`;
      });
      return `${head}from trl import GRPOConfig\n\ntraining_args = GRPOConfig(\n${lines.join("\n")}\n)\n`;
    }
  }
}
