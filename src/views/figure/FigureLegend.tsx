import { Word } from "../controls/Word.tsx";
import type { DivergingScale } from "../colour.ts";
import { clipNote, type ClipRule } from "../../analysis/clip-rule.ts";
import * as format from "../../analysis/format.ts";
import { type Stage, STAGES } from "../../analysis/stage.ts";
import "./figure-legend.css";

interface FigureLegendProps {
  stage: Stage;
  domain: number;
  scale: DivergingScale;
  /** Some tokens of the rows shown are masked out of the loss. */
  masked: boolean;
  /** What the cells hold where it is not the stage's own quantity, and what its signs mean. */
  comparison: { quantity: string; up: string; down: string } | null;
  /** Of Figure 3 and of Figure 4. */
  rules: readonly [ClipRule, ClipRule];
}

/** What colours, hatches and corners mean. */
export function FigureLegend(props: FigureLegendProps) {
  const { stage, domain, scale, masked, comparison, rules } = props;
  const { quantity } = comparison ?? STAGES[stage - 1]!;
  const ends = legendEnds(stage, domain);
  const up = comparison?.up ?? (stage <= 2 ? "more likely" : "pushed up");
  const down = comparison?.down ?? (stage <= 2 ? "less likely" : "pushed down");
  return (
    <div className="twin-legend">
      <div className="twin-scale">
        <div className="twin-scale-bar" aria-hidden="true">
          {Array.from({ length: 33 }, (_, i) => (
            <span key={i} style={{ background: scale.fill((i - 16) / 16) }} />
          ))}
        </div>
        <div className="twin-scale-ends">
          <span className="twin-down">{ends[0]}</span>
          <span className="twin-quantity">{quantity}</span>
          <span className="twin-up">{ends[1]}</span>
        </div>
      </div>
      <ul>
        <li>
          <span className="twin-key twin-key-up" aria-hidden="true" />
          {up}
        </li>
        <li>
          <span className="twin-key twin-key-down" aria-hidden="true" />
          {down}
        </li>
        {stage < 3 || comparison !== null ? null : <ClipLimits rules={rules} />}
        <li>
          <span className="twin-key twin-key-pad" aria-hidden="true" />
          padding
        </li>
        {masked && (
          <li>
            <span className="twin-key twin-key-mask" aria-hidden="true" />
            masked
          </li>
        )}
      </ul>
    </div>
  );
}

/** What the hatch means: once where both figures have the same limits, else for each. */
function ClipLimits({ rules: [three, four] }: Pick<FigureLegendProps, "rules">) {
  if (three.kind !== "hard" || four.kind !== "hard") return <li>{clipNote(three, four)}</li>;
  const [ofThree, ofFour] = [three, four].map(({ low, high }) => [
    format.limit(low),
    format.limit(high),
  ]);
  const same = ofThree!.join() === ofFour!.join();
  const says = `below ${ofThree![0]} where A is negative, above ${ofThree![1]} where it is positive`;
  return (
    <li
      title={
        same
          ? `Both figures: ${says}.`
          : `Figure 3: ${says}. Figure 4: below ${ofFour![0]}, above ${ofFour![1]}.`
      }
    >
      <span className="twin-key twin-key-clip" aria-hidden="true" />
      <span>
        <Word id="clip">clipped</Word>
        <span className="twin-limits">
          {same ? (
            ` at ${ofThree!.join(", ")}`
          ) : (
            <>
              {" at each level’s "}
              <Word id="clip-band">ε</Word>
            </>
          )}
        </span>
      </span>
    </li>
  );
}

function legendEnds(stage: Stage, domain: number): readonly [string, string] {
  if (stage === 2) return [format.fixed(Math.exp(-domain), 2), format.fixed(Math.exp(domain), 2)];
  if (stage === 5) return [format.signedPercent(-domain), format.signedPercent(domain)];
  return [format.signed(-domain, 2), format.signed(domain, 2)];
}
