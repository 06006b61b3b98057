import { lazy, memo, type ReactNode, Suspense, useMemo, useState } from "react";
import type { StepRecord } from "../../record/record.ts";
import { useSampledRun } from "../../store/run/sampled.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { Button } from "../controls/Button.tsx";
import { Word } from "../controls/Word.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import type { RatioDistributionsProps } from "../figure/props.ts";
import * as format from "../../analysis/format.ts";
import { clipRuleAt, epsilonAt, otherClipArm } from "../../analysis/clip-rule.ts";
import { clippedShare } from "../../analysis/clipped-share.ts";
import { Histogram } from "./Histogram.tsx";
import { zoomToBand } from "../../analysis/band-zoom.ts";
import { levelHistograms } from "../../analysis/histogram.ts";
import type { Ridge } from "./InnerStepRidges.tsx";
import "../figure/hatches.css";
import "./distributions.css";

// The step is what stands there first.
const InnerStepRidges = lazy(async () => ({
  default: (await import("./InnerStepRidges.tsx")).InnerStepRidges,
}));
const RunBandPlot = lazy(async () => ({
  default: (await import("./RunBandPlot.tsx")).RunBandPlot,
}));

type Over = "step" | "generation" | "run";

const OVER: readonly { id: Over; label: string }[] = [
  { id: "step", label: "This step" },
  { id: "generation", label: "Inner steps" },
  { id: "run", label: "Whole run" },
];

const LEVELS = [
  { level: "token", arm: "grpo", title: "Token ratios", unit: "token", symbol: "r" },
  { level: "sequence", arm: "gspo", title: "Sequence ratios", unit: "row", symbol: "s" },
] as const;
type LevelFacts = (typeof LEVELS)[number];

/**
 * Token ratios beside sequence ratios of the same batch on one log axis: of this step, of every
 * inner step of its rollout, or over the whole run.
 */
export const RatioDistributions = memo(function RatioDistributions({
  record,
  measured,
}: RatioDistributionsProps) {
  const [chosen, setOver] = useState<Over>("step");
  // An edited batch has no inner steps and no run.
  const over = measured ? chosen : "step";
  const [zoom, setZoom] = useState(false);
  const refusal =
    clipRuleAt(record, "token").kind !== "hard"
      ? "This loss has no clip band."
      : over === "run"
        ? "Over the run there are quantiles, and no single ratios."
        : null;
  const zooms = zoom && refusal === null;
  return (
    <section className="dist" aria-label="Ratio distributions">
      <header className="dist-top">
        <h2>
          Ratio distributions{" "}
          {measured && (
            <small className="num">
              step {record.step}, <var>k</var> = {record.innerStep}
            </small>
          )}
        </h2>
        {measured && (
          <Segmented
            label="Distributions over"
            segments={OVER}
            selected={over}
            onSelect={(id) => setOver(id)}
          />
        )}
        <div className="dist-zoom">
          <Button
            shape="small"
            pressed={zooms}
            disabledBecause={refusal}
            onPress={() => setZoom(!zoom)}
          >
            Zoom to the clip band
          </Button>
        </div>
      </header>
      <div className="dist-cards">
        {over === "step" && <StepCards record={record} zoom={zooms} />}
        {over === "generation" && <GenerationCards record={record} zoom={zooms} />}
        {over === "run" && <RunCards record={record} />}
      </div>
    </section>
  );
});

function Card({
  facts,
  record,
  children,
}: {
  facts: LevelFacts;
  record: StepRecord;
  children: ReactNode;
}) {
  const { level, arm, title, unit } = facts;
  const verdicts = level === "token" ? record.tokenClipped : record.sequenceClipped;
  const clipped = verdicts.reduce((sum, cut) => sum + cut, 0);
  const total =
    level === "token" ? record.mask.reduce((sum, counts) => sum + counts, 0) : record.rows;
  const { byToken, byRow } = clippedShare(record, level);
  return (
    <section className="dist-card" aria-label={title}>
      <header className="dist-head">
        <h3>
          <span className={`mark-${arm}`} aria-hidden="true" />{" "}
          <Word id={level === "token" ? "ratio" : "sequence-ratio"}>{title}</Word>
        </h3>
        <p
          title={`${judged(record, level)}By token, a long completion counts as all of its tokens; by row, each completion counts once.`}
        >
          <b>{clipped}</b> of {format.plural(total, unit)} clipped: <b>{format.percent(byToken)}</b>{" "}
          <Word id="by-token">by token</Word>, <b>{format.percent(byRow)}</b>{" "}
          <Word id="by-row">by row</Word>
        </p>
      </header>
      <Suspense fallback={<div className="dist-plot-place" aria-busy="true" />}>
        {children}
      </Suspense>
    </section>
  );
}

/** By which ε, where the level's is another arm's. */
const judged = (record: StepRecord, level: "token" | "sequence"): string =>
  otherClipArm(record, level) === null ? "" : `Judged by ${epsilonAt(record, level)}. `;

interface CardsProps {
  record: StepRecord;
  /** The axis of each level is zoomed to its clip band. */
  zoom: boolean;
}

function StepCards({ record, zoom }: CardsProps) {
  const { window, ...levels } = levelHistograms(record);
  return LEVELS.map((facts) => (
    <Card key={facts.level} facts={facts} record={record}>
      <Histogram
        record={record}
        window={window}
        of={facts.level}
        level={levels[facts.level]}
        zoomed={zoom ? zoomToBand(record, facts.level) : null}
        arm={facts.arm}
        unit={unitOf(record, facts, zoom)}
        spread={record.metrics[`ratio/${facts.level}_std`]}
        symbol={facts.symbol}
      />
    </Card>
  ));
}

/** What a bar counts, by whose ε. */
function unitOf(record: StepRecord, { level, unit }: LevelFacts, zoom: boolean): string {
  const counted = zoom ? `${unit}s around the clip band` : `${unit}s`;
  if (otherClipArm(record, level) !== null) return `${counted}; ${epsilonAt(record, level)}`;
  return zoom ? counted : `${counted} per bin`;
}

/** More inner steps than this are sampled evenly, the last one always among them. */
const MOST_RIDGES = 8;

function GenerationCards({ record, zoom }: CardsProps) {
  const { kept, stepsPerGeneration: perGeneration } = useScreen();
  const ridges = useMemo((): Ridge[] => {
    const own = kept.filter(({ generation }) => generation === record.generation);
    const last = Math.max(perGeneration - 1, record.innerStep);
    const count = Math.min(last + 1, MOST_RIDGES);
    return Array.from({ length: count }, (_, i) => {
      const k = count === 1 ? 0 : Math.round((i * last) / (count - 1));
      const found = own.find(({ innerStep }) => innerStep === k);
      return { k, record: found?.records[record.arm] ?? null };
    });
  }, [kept, perGeneration, record]);
  return LEVELS.map((facts) => (
    <Card key={facts.level} facts={facts} record={record}>
      <InnerStepRidges
        ridges={ridges}
        level={facts.level}
        arm={facts.arm}
        shown={record.innerStep}
        zoom={zoom}
      />
    </Card>
  ));
}

const EVERY_MS = 500;
/** Height of the plots over the run at type factor 1. */
const RUN_HEIGHT = 68;

function RunCards({ record }: { record: StepRecord }) {
  const { history, marks, stepsPerGeneration } = useSampledRun((run) => run, EVERY_MS, 0);
  const own = useMemo(
    () => marks.filter(({ arm }) => arm === null || arm === record.arm),
    [marks, record.arm],
  );
  return LEVELS.map((facts) => (
    <Card key={facts.level} facts={facts} record={record}>
      <RunBandPlot
        history={history}
        marks={own}
        armName={record.arm}
        level={facts.level}
        arm={facts.arm}
        innerStep={stepsPerGeneration > 1 ? stepsPerGeneration - 1 : null}
        height={RUN_HEIGHT}
      />
    </Card>
  ));
}
