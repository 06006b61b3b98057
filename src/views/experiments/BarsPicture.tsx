import type { BarsPanel } from "../../experiments/experiment.ts";

/** A bar for each condition, with its interval; the value stands beside it in words. */
export function BarsPicture({ panel: { title, bars } }: { panel: BarsPanel }) {
  const most = Math.max(...bars.map(({ high }) => high), Number.MIN_VALUE);
  const share = (value: number): string => `${(100 * Math.max(0, value)) / most}%`;
  return (
    <figure className="experiment-bars" aria-label={title}>
      <dl>
        {bars.map(({ label, tone, mean, low, high, text }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <span className="experiment-bar-track" aria-hidden="true">
                <span className={`experiment-bar-fill ${tone}`} style={{ width: share(mean) }} />
                <span
                  className="experiment-bar-interval"
                  style={{ left: share(low), width: share(high - Math.max(0, low)) }}
                />
              </span>
              <span className="num">{text}</span>
            </dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}
