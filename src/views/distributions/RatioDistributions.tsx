import type { RatioDistributionsProps } from "../figure/props.ts";
import * as format from "../format.ts";
import { Histogram } from "./Histogram.tsx";
import { levelHistograms, type LevelHistogram } from "./histogram.ts";
import "../figure/hatches.css";
import "./distributions.css";

/**
 * Token ratios beside sequence ratios of the same batch: one log axis, the same bins, the clip
 * band, and on top of each bar, hatched, what clipping cut off.
 */
export function RatioDistributions({ record }: RatioDistributionsProps) {
  const { token, sequence, window } = levelHistograms(record);
  const shared = { record, window };
  return (
    <div className="dist">
      <section className="dist-card" aria-label="Token ratios">
        <Head
          mark="grpo"
          title="Token ratios"
          unit="token"
          level={token}
          spread={record.metrics["ratio/token_std"]}
          symbol="r"
        />
        <Histogram {...shared} level={token} arm="grpo" unit="tokens per bin" />
      </section>
      <section className="dist-card" aria-label="Sequence ratios">
        <Head
          mark="gspo"
          title="Sequence ratios"
          unit="row"
          level={sequence}
          spread={record.metrics["ratio/sequence_std"]}
          symbol="s"
        />
        <Histogram {...shared} level={sequence} arm="gspo" unit="rows per bin" />
      </section>
    </div>
  );
}

interface HeadProps {
  mark: "grpo" | "gspo";
  title: string;
  unit: string;
  level: LevelHistogram;
  /** Standard deviation of the log-ratio. */
  spread: number | undefined;
  symbol: string;
}

function Head({ mark, title, unit, level, spread, symbol }: HeadProps) {
  const share = level.total === 0 ? 0 : level.clipped / level.total;
  return (
    <header className="dist-head">
      <h3>
        <span className={`mark-${mark}`} aria-hidden="true" /> {title}
      </h3>
      <p>
        <b>{level.clipped}</b> of {format.plural(level.total, unit)} clipped,{" "}
        {format.percent(share)}
        {spread !== undefined && (
          <span className="dist-spread">
            ; sd of log <i>{symbol}</i> {format.deviation(spread)}
          </span>
        )}
      </p>
    </header>
  );
}
