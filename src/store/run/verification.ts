import type { Replies } from "../../worker/protocol.ts";

/** What the page knows of the reference vectors on this adapter. */
export type Verification =
  | { status: "idle" }
  /** `total` is 0 until the worker begins. */
  | { status: "running"; done: number; total: number }
  | ({ status: "done" } & Replies["verify"])
  | { status: "failed"; message: string; remedy: string | null };

/** Cases that failed or that nothing could run, over all files. */
export const failuresOf = ({ reports }: Extract<Verification, { status: "done" }>): number =>
  reports.reduce((sum, { failed, unsupported }) => sum + failed + unsupported, 0);

/** The outcome as text for a bug report: the adapter, then each quantity's worst error. */
export function verificationText(
  verification: Extract<Verification, { status: "done" }>,
  browser: string,
): string {
  const { adapter, reports, elapsedMs } = verification;
  const cases = reports.reduce((sum, report) => sum + report.cases, 0);
  const lines = [
    `Ratioscope reference vectors: ${cases} cases, ${failuresOf(verification)} failed`,
    `adapter  ${adapter.name}${adapter.software ? " (software)" : ""}${adapter.family === undefined ? "" : `, ${adapter.family} tiles`}`,
    `browser  ${browser}`,
    `time     ${(elapsedMs / 1000).toFixed(1)} s`,
  ];
  for (const { kind, cases: own, failed, unsupported, worst, failures } of reports) {
    lines.push("", `${kind}: ${own} cases, ${failed + unsupported} failed, worst errors`);
    for (const [quantity, error] of Object.entries(worst)) {
      lines.push(`  ${(error === 0 ? "0" : error.toExponential(2)).padEnd(8)}  ${quantity}`);
    }
    lines.push(...failures.map((sentence) => `  failed: ${sentence}`));
  }
  return `${lines.join("\n")}\n`;
}
