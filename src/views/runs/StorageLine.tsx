import { byteText } from "../../base/byte-size.ts";
import { useRuns } from "../../store/library/runs.ts";
import { plural } from "../../analysis/format.ts";

/** What the runs take here, what they may take, and what was thinned for it, in one line. */
export function StorageLine() {
  const runs = useRuns((state) => state.runs);
  const budget = useRuns((state) => state.budget);
  if (budget === 0) return null;
  const used = runs.reduce((sum, { bytes }) => sum + bytes, 0);
  const thinned = runs.filter((run) => run.thinned !== null);
  const says = thinned.map(({ name, thinned: what }) => `${name}: ${what}`).join("\n");
  return (
    <p className="runs-storage">
      <span className="num">{byteText(used)}</span> of{" "}
      <span className="num">{(budget / 2 ** 30).toFixed(1)} GiB</span>
      {thinned.length === 0 ? (
        "; nothing was thinned."
      ) : (
        <span title={says}>; figures of {plural(thinned.length, "run")} thinned.</span>
      )}
    </p>
  );
}
