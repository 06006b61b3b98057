import { upperEpsilon } from "../config/clip-band.ts";
import { bandAt, type ClipLevel, type StepRecord } from "../record/record.ts";
import { csvText } from "../base/csv.ts";

const COLUMNS = [
  "row",
  "group",
  "token",
  "text",
  "mask",
  "logp_old",
  "logp",
  "log_ratio",
  "token_ratio",
  "sequence_ratio",
  "advantage",
  "token_clipped",
  "sequence_clipped",
  "token_coefficient",
  "sequence_coefficient",
  "gradient",
  "token_epsilon",
  "token_epsilon_high",
  "sequence_epsilon",
  "sequence_epsilon_high",
];

/** Every token of the rows as comma-separated values, one line each, rows and tokens from 1. */
export function tokensToCsv(
  record: StepRecord,
  rows: readonly number[],
  vocabulary: readonly string[],
): string {
  const band = (level: ClipLevel): number[] => {
    const own = bandAt(record, level);
    return [own.epsilon, upperEpsilon(own)];
  };
  const bands = [...band("token"), ...band("sequence")];
  const lines = rows.flatMap((row) =>
    Array.from({ length: record.length[row]! }, (_, t) => {
      const i = row * record.columns + t;
      return [
        row + 1,
        record.group[row]!,
        t + 1,
        csvText(vocabulary[record.tokens[i]!] ?? `#${record.tokens[i]}`),
        record.mask[i]!,
        ...[
          record.logpOld[i]!,
          record.logp[i]!,
          record.logRatio[i]!,
          record.tokenRatio[i]!,
          record.sequenceRatio[row]!,
          record.advantage[row]!,
        ].map(single),
        record.tokenClipped[i]!,
        record.sequenceClipped[row]!,
        ...[record.tokenCoefficient[i]!, record.sequenceCoefficient[row]!, record.gradient[i]!].map(
          single,
        ),
        ...bands,
      ].join(",");
    }),
  );
  return `${[COLUMNS.join(","), ...lines].join("\n")}\n`;
}

/** Nine digits tell every single-precision number apart. */
const single = (value: number): string => String(Number(value.toPrecision(9)));
