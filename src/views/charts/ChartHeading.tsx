import type { ChartAxes } from "../../store/charts/chart-lines.ts";
import { enlarge, useChartView } from "../../store/charts/chart-view.ts";
import type { WordId } from "../../glossary/glossary.ts";
import { Word } from "../controls/Word.tsx";
import { Button } from "../controls/Button.tsx";
import { CloseIcon, SizeIcon } from "../shell/icons.tsx";
import type { ChartFacts } from "./metrics.ts";

interface ChartHeadingProps {
  facts: ChartFacts;
  innerStep: number | null;
  axes: ChartAxes;
  enlarged: boolean;
  onRemove: (() => void) | undefined;
}

/** What the chart shows, its unit, and what was done to the numbers: nothing is smoothed in silence. */
export function ChartHeading({ facts, innerStep, axes, enlarged, onRemove }: ChartHeadingProps) {
  const halfLife = useChartView((view) => view.halfLife);
  const log = useChartView((view) => view.log);
  const done = [
    ...(halfLife === null ? [] : [`EMA ${halfLife}`]),
    ...(log ? [axes.value.log ? "log" : "linear"] : []),
  ];
  const says = [
    facts.title,
    facts.unit,
    ...(innerStep === null ? [] : [`inner step k = ${innerStep} only`]),
    ...(halfLife === null ? [] : [`moving average, half-life ${halfLife} steps`]),
    ...(log ? [logText(axes)] : []),
  ].filter(Boolean);
  return (
    <h3 title={says.join(", ")} className={onRemove === undefined ? undefined : "of-log"}>
      <button
        type="button"
        className="chart-title"
        aria-expanded={enlarged}
        aria-label={enlarged ? `${facts.title}: back to its size` : `${facts.title}: enlarge`}
        onClick={() => enlarge(enlarged ? null : facts.id)}
      >
        <bdi>{facts.title}</bdi>
        <SizeIcon smaller={enlarged} />
      </button>
      {done.length === 0 ? null : (
        <small className="chart-done">
          {halfLife === null ? done.join(", ") : <Word id="ema">{done.join(", ")}</Word>}
        </small>
      )}
      <small>
        <Unit unit={facts.unit} />
        {innerStep === null ? null : (
          <>
            {facts.unit === "" ? "" : ", "}
            <var>k</var> = {innerStep}
          </>
        )}
      </small>
      {onRemove === undefined ? null : (
        <Button
          kind="ghost"
          shape="icon small"
          label={`Remove the ${facts.title} chart`}
          onPress={onRemove}
        >
          <CloseIcon />
        </Button>
      )}
    </h3>
  );
}

/** Units that not everybody knows. */
const UNITS: Readonly<Record<string, WordId>> = {
  "nats/token": "nats",
  "sd log r": "deviation",
  unclipped: "unclipped",
};

function Unit({ unit }: { unit: string }) {
  const term = UNITS[unit];
  return term === undefined ? unit : <Word id={term}>{unit}</Word>;
}

function logText({ value, leftOut }: ChartAxes): string {
  if (!value.log) return "linear, no value above 0";
  return leftOut === 0 ? "log" : `log, ${leftOut} at or below 0 left out`;
}
