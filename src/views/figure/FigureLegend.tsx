import { useMemo } from "react";
import type { CellsView, FigureNumber } from "./cells.ts";
import type { FigureLayout } from "./layout.ts";
import { TEXTLESS_SIGNS } from "../../analysis/rows.ts";
import { type Mark, MARKS, marksOf } from "./marks.ts";
import { type MarkVerdict, VERDICT_SIGNS } from "./mark-verdict.ts";
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
  /** The figures that are shown. */
  views: readonly CellsView[];
  layout: FigureLayout;
  /** Something in them was changed by hand. */
  edited: boolean;
  /** The one that wears the frame of the level that trains; null: none does. */
  framed: FigureNumber | null;
  /** What the cells hold where it is not the stage's own quantity, and what its signs mean. */
  comparison: { quantity: string; up: string; down: string } | null;
  /** Of Figure 3 and of Figure 4. */
  rules: readonly [ClipRule, ClipRule];
}

/** What colours mean, and every mark that is drawn now: `marksOf` asks what the cells ask. */
export function FigureLegend(props: FigureLegendProps) {
  const { stage, domain, scale, comparison, rules, views, layout, edited, framed } = props;
  const marks = useMemo(() => {
    const found = marksOf(views, layout);
    if (edited) found.add("edited");
    if (framed !== null) found.add("frame");
    return found;
  }, [views, layout, edited, framed]);
  const corner = marks.has("notch") || undefined;
  const soft = rules.some(({ kind }) => kind !== "hard");
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
          <span className="twin-quantity">
            {stage === 5 && comparison === null ? <Word id="share">{quantity}</Word> : quantity}
          </span>
          <span className="twin-up">{ends[1]}</span>
        </div>
      </div>
      <ul>
        <li>
          <span className="twin-key twin-key-up" data-corner={corner} aria-hidden="true" />
          {up}
        </li>
        <li>
          <span className="twin-key twin-key-down" data-corner={corner} aria-hidden="true" />
          {down}
        </li>
        {soft && stage >= 3 && comparison === null && <li>{clipNote(...rules)}</li>}
        {MARKS.map(
          (mark) =>
            marks.has(mark) && (
              <MarkKey key={mark} {...{ mark, rules, framed }} longest={views[0]!.record.columns} />
            ),
        )}
      </ul>
    </div>
  );
}

/** One mark and what it means. The corner of the push stands in the colours' own keys. */
function MarkKey({
  mark,
  rules,
  framed,
  longest,
}: Pick<FigureLegendProps, "rules" | "framed"> & { mark: Mark; longest: number }) {
  if (mark === "notch") return null;
  const clips = mark === "clip" || mark === "sky";
  return (
    <li {...(clips && { title: limitsText(rules) })}>
      <span className={`twin-key twin-key-${mark}`} data-figure={framed} aria-hidden="true">
        {mark === "cut"
          ? longest
          : mark === "textless" || mark === "unknown"
            ? TEXTLESS_SIGNS[mark]
            : isVerdict(mark) && VERDICT_SIGNS[mark]}
      </span>
      {clips ? <Clipped rules={rules} zone={mark === "sky"} /> : WORDS[mark]}
    </li>
  );
}

const WORDS: Readonly<Record<Exclude<Mark, "notch" | "clip" | "sky">, string>> = {
  roof: "row’s ratio",
  ends: "tokens’ ratios",
  beyond: "off scale",
  flip: "other experts",
  padding: "padding",
  textless: "sampled pad token",
  unknown: "unknown token",
  mask: "masked",
  cut: "cut off",
  edited: "edited",
  guess: "your mark",
  hit: "right",
  wrong: "wrong",
  missed: "missed",
  frame: "drives training",
};

const isVerdict = (mark: Mark): mark is MarkVerdict => mark in VERDICT_SIGNS;

/**
 * What the hatch means: a token that was clipped, or, behind towers, the zone in which they would be.
 * The limits once where both figures have the same, else for each.
 */
function Clipped({ rules, zone }: Pick<FigureLegendProps, "rules"> & { zone: boolean }) {
  const [three, four] = rules.map(limitsOf);
  return (
    <span>
      <Word id="clip">{zone ? "clip zone" : "clipped"}</Word>
      <span className="twin-limits">
        {three!.join() === four!.join() ? (
          ` at ${three!.join(", ")}`
        ) : (
          <>
            {" at each level’s "}
            <Word id="clip-band">ε</Word>
          </>
        )}
      </span>
    </span>
  );
}

const limitsOf = (rule: ClipRule): string[] =>
  rule.kind === "hard" ? [format.limit(rule.low), format.limit(rule.high)] : [];

function limitsText(rules: FigureLegendProps["rules"]): string {
  const [three, four] = rules.map(limitsOf);
  const says = `below ${three![0]} where A is negative, above ${three![1]} where it is positive`;
  return three!.join() === four!.join()
    ? `Both figures: ${says}.`
    : `Figure 3: ${says}. Figure 4: below ${four![0]}, above ${four![1]}.`;
}

function legendEnds(stage: Stage, domain: number): readonly [string, string] {
  if (stage === 2) return [format.fixed(Math.exp(-domain), 2), format.fixed(Math.exp(domain), 2)];
  if (stage === 5) return [format.signedPercent(-domain), format.signedPercent(domain)];
  return [format.signed(-domain, 2), format.signed(domain, 2)];
}
