import type { StepReport } from "../../record/record.ts";
import { csvText } from "../../base/csv.ts";

const FIXED = ["arm", "step", "generation", "inner_step"] as const;

const fixed = ({ arm, step, generation, innerStep }: StepReport) => ({
  arm,
  step,
  generation,
  inner_step: innerStep,
});

/** One JSON line per step and arm under TRL's names; what is undefined or not finite is null. */
export const metricsToJsonl = (reports: readonly StepReport[]): string =>
  reports
    .map((report) => {
      const values = Object.entries(report.metrics).map(
        ([name, value]) => [name, Number.isFinite(value) ? value : null] as const,
      );
      return `${JSON.stringify({ ...fixed(report), ...Object.fromEntries(values) })}\n`;
    })
    .join("");

/**
 * A table with a row per step and arm: TRL's names head the columns, in the order in which they
 * first appear; a cell is empty where the metric is undefined, and holds `inf` or `-inf` as Python
 * reads them.
 */
export function metricsToCsv(reports: readonly StepReport[]): string {
  const names = [...new Set(reports.flatMap(({ metrics }) => Object.keys(metrics)))];
  const lines = reports.map((report) => {
    const { arm, step, generation, inner_step } = fixed(report);
    return [
      csvText(arm),
      step,
      generation,
      inner_step,
      ...names.map((name) => cell(report.metrics[name])),
    ].join(",");
  });
  return `${[[...FIXED, ...names.map(csvText)].join(","), ...lines].join("\n")}\n`;
}

function cell(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "";
  if (value === Infinity) return "inf";
  return value === -Infinity ? "-inf" : String(value);
}
