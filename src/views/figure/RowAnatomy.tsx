import { lazy, Suspense, useRef, useState } from "react";
import type { ClipLevel } from "../../record/record.ts";
import { splitPicture } from "../../analysis/prompt-picture.ts";
import { withBand } from "../../analysis/epsilon.ts";
import { hasRoutes } from "../../analysis/flips.ts";
import * as format from "../../analysis/format.ts";
import { type Anatomy, anatomyOf } from "../../analysis/anatomy.ts";
import {
  type ClipRule,
  clipRuleAt,
  decimalsAt,
  epsilonAt,
  isCut,
  otherClipArm,
  ratioBeside,
} from "../../analysis/clip-rule.ts";
import { Word } from "../controls/Word.tsx";
import { RouteSplit } from "../experts/lazy.ts";
import { AnatomyStrip, type AtLevels } from "./AnatomyStrip.tsx";
import type { RowAnatomyProps } from "./props.ts";
import { rowName } from "../../analysis/selection.ts";
import { usePageMeasure } from "./use-page.ts";
import "./hatches.css";
import "./row-anatomy.css";

// Most prompts have no picture.
const TokenLook = lazy(async () => ({
  default: (await import("../picture/TokenLook.tsx")).TokenLook,
}));

/**
 * One row taken apart: each token's ratio on a log axis within the token level's clip band, and
 * below it the row's one ratio within the sequence level's.
 */
export function RowAnatomy(props: RowAnatomyProps) {
  const { record, rollout, row, tried } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width, factor } = usePageMeasure(box, 500);
  const judged = tried === null ? record : withBand(record, tried);
  const rules = { token: clipRuleAt(judged, "token"), sequence: clipRuleAt(judged, "sequence") };
  const own = anatomyOf(record, row, rules);
  const windows = rollout.map((each) => anatomyOf(each, row, rules).window);
  const measured = { ...own, window: Math.max(own.window, ...windows) };
  const anatomy = tried === null ? measured : wouldBe(measured, rules, record.advantage[row]!);
  const count = anatomy.tokens.length;
  const decimals = { token: decimalsAt(record, "token"), sequence: decimalsAt(record, "sequence") };
  const ofToken = (ratio: number) => ratioBeside(rules.token, ratio, decimals.token);
  // While a limit is held the axis stands still, whatever the limit does to it.
  const [window, setWindow] = useState<number | null>(null);
  const fine = Math.max(decimals.token, decimals.sequence) > 3;
  return (
    <section
      className={`anatomy${fine ? " anatomy-fine" : ""}`}
      aria-label={`Row ${rowName(row)}, taken apart`}
    >
      <div className="anatomy-facts">
        <h3>
          <Word id="row">Row</Word> {rowName(row)}, taken apart
        </h3>
        <dl>
          <dt>
            <Word id="product">
              product Π <i>r</i>
            </Word>
          </dt>
          <dd>{format.ratio(anatomy.product, decimals.token)}</dd>
          <dt>
            <Word id="geometric-mean">
              geometric mean <i>s</i>
            </Word>
          </dt>
          <dd className="anatomy-s">
            {ratioBeside(rules.sequence, record.sequenceRatio[row]!, decimals.sequence)}
          </dd>
          <dt>
            <Word id="range">
              range of <i>r</i>
            </Word>
          </dt>
          <dd>
            {count === 0
              ? "no tokens"
              : `${ofToken(anatomy.lowest)} to ${ofToken(anatomy.highest)}`}
          </dd>
          {anatomy.reach && (
            <>
              <dt>
                <Word id="reach">
                  Π <i>r</i> in band
                </Word>
              </dt>
              <dd>
                {short(anatomy.reach.low, decimals.token)} to{" "}
                {short(anatomy.reach.high, decimals.token)}
              </dd>
            </>
          )}
        </dl>
      </div>
      <div className="anatomy-plot" ref={box}>
        <AnatomyStrip
          {...props}
          anatomy={window === null ? anatomy : { ...anatomy, window }}
          rules={rules}
          decimals={decimals}
          whose={{ token: whose(judged, "token"), sequence: whose(judged, "sequence") }}
          width={width}
          factor={factor}
          onHold={(held) => setWindow(held ? anatomy.window : null)}
        />
      </div>
      {splitPicture(record.prompt[row]!).picture !== null && (
        <Suspense fallback={<div className="anatomy-look" aria-busy="true" />}>
          <TokenLook
            record={record}
            row={row}
            pinned={props.pinned}
            vocabulary={props.vocabulary}
          />
        </Suspense>
      )}
      {hasRoutes(record) && (
        <Suspense fallback={null}>
          <RouteSplit record={record} row={row} vocabulary={props.vocabulary} />
        </Suspense>
      )}
    </section>
  );
}

/** A level's ε where another arm lends it; on the level's lane. */
const whose = (record: RowAnatomyProps["record"], level: ClipLevel): string | null =>
  otherClipArm(record, level) === null ? null : epsilonAt(record, level);

/** The row as the tried bands would clip it. */
function wouldBe(anatomy: Anatomy, rules: AtLevels<ClipRule>, A: number): Anatomy {
  const cut = (rule: ClipRule, logRatio: number) =>
    rule.kind === "hard" && isCut(rule, A, Math.exp(logRatio));
  return {
    ...anatomy,
    tokens: anatomy.tokens.map(({ token, logRatio }) => ({
      token,
      logRatio,
      clipped: cut(rules.token, logRatio),
    })),
    sequenceClipped: cut(rules.sequence, anatomy.sequenceLog),
  };
}

const short = (value: number, decimals: number): string =>
  value >= 1000 || value < 0.01
    ? format.scientific(value >= 1e10 || value < 1e-10 ? Number(value.toPrecision(1)) : value)
    : format.ratio(value, decimals);
