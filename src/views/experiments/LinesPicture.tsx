import { useId, useRef } from "react";
import { tick } from "../../analysis/format.ts";
import type { Axis, BandLine, LinesPanel } from "../../experiments/experiment.ts";
import { useWidth } from "../charts/use-width.ts";
import { type Scale, scaleOf } from "./scale.ts";

const HEIGHT = 148;
const MARGIN = { top: 20, right: 74, bottom: 32, left: 38 };
/** Pixels between two labels at the lines' ends, at least. */
const LABEL = 13;

interface Place {
  x(value: number): number;
  y(value: number): number;
  right: number;
  bottom: number;
}

/** Means over seeds with their intervals: bands along steps, bars on points. */
export function LinesPicture({ panel }: { panel: LinesPanel }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { lines, reference, title } = panel;
  const points = lines.flatMap((line) => line.points);
  return (
    <div className="experiment-plot" ref={box} style={{ height: HEIGHT }}>
      {width === 0 || points.length === 0 ? (
        <p className="experiment-none">{points.length === 0 ? "Too few steps to draw." : ""}</p>
      ) : (
        <svg width={width} height={HEIGHT} role="img" aria-label={describe(panel)}>
          <text className="experiment-plot-title" x={0} y={11}>
            {title}
          </text>
          <Drawn panel={panel} width={width} />
          {reference === undefined ? null : <title>{`${title}; dashed: ${reference.label}`}</title>}
        </svg>
      )}
    </div>
  );
}

function Drawn({ panel, width }: { panel: LinesPanel; width: number }) {
  const { lines, reference, kind, x: xAxis, y: yAxis } = panel;
  const points = lines.flatMap((line) => line.points);
  const across = reference?.points ?? [];
  const xs = scaleOf([...points.map(({ x }) => x), ...across.map(([x]) => x)], xAxis, true);
  const ys = scaleOf(
    [
      ...points.flatMap(({ mean, low, high }) => [mean, ...(yAxis.log ? [] : [low, high])]),
      ...across.map(([, y]) => y),
    ],
    yAxis,
  );
  const right = width - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const place: Place = {
    x: (value) => MARGIN.left + xs.at(value) * (right - MARGIN.left),
    y: (value) => bottom - clamp(ys.at(value)) * (bottom - MARGIN.top),
    right,
    bottom,
  };
  return (
    <>
      <Axes xs={xs} ys={ys} x={xAxis} y={yAxis} place={place} />
      {reference === undefined ? null : (
        <path className="experiment-reference" d={pathOf(reference.points, place)} />
      )}
      {lines.map((line) => (
        <OneLine key={line.label} line={line} kind={kind} place={place} />
      ))}
      <Labels panel={panel} place={place} />
    </>
  );
}

function Axes({ xs, ys, x, y, place }: { xs: Scale; ys: Scale; x: Axis; y: Axis; place: Place }) {
  return (
    <>
      {ys.ticks.map((value) => (
        <g key={value}>
          <path
            className="experiment-grid"
            d={`M${MARGIN.left} ${place.y(value)}H${place.right}`}
          />
          <text className="experiment-tick end" x={MARGIN.left - 5} y={place.y(value) + 4}>
            {y.share ? `${tick(Number((100 * value).toPrecision(6)))} %` : tick(value)}
          </text>
        </g>
      ))}
      <path className="experiment-base" d={`M${MARGIN.left} ${place.bottom}H${place.right}`} />
      {xs.ticks.map((value) => (
        <text
          key={value}
          className="experiment-tick middle"
          x={place.x(value)}
          y={place.bottom + 14}
        >
          {tick(value)}
        </text>
      ))}
      <text className="experiment-tick middle" x={(MARGIN.left + place.right) / 2} y={HEIGHT - 5}>
        {x.label}
      </text>
    </>
  );
}

function OneLine({
  line: { tone, points },
  kind,
  place,
}: {
  line: BandLine;
  kind: LinesPanel["kind"];
  place: Place;
}) {
  const means = points.map(({ x, mean }) => [x, mean] as const);
  if (kind === "lines") {
    const band = [
      ...points.map(({ x, high }) => [x, high] as const),
      ...points.toReversed().map(({ x, low }) => [x, low] as const),
    ];
    return (
      <g className={`experiment-line ${tone}`}>
        <path className="experiment-band" d={`${pathOf(band, place)}Z`} />
        <path d={pathOf(means, place)} />
      </g>
    );
  }
  return (
    <g className={`experiment-line ${tone}`}>
      <path d={pathOf(means, place)} />
      {points.map(({ x, mean, low, high }) => (
        <g key={x}>
          <path className="experiment-bar" d={`M${place.x(x)} ${place.y(low)}V${place.y(high)}`} />
          <circle cx={place.x(x)} cy={place.y(mean)} r={2.5} />
        </g>
      ))}
    </g>
  );
}

/** The lines' names beside their ends, moved apart where they would meet. */
function Labels({ panel: { lines, reference }, place }: { panel: LinesPanel; place: Place }) {
  const id = useId();
  const ends = [
    ...lines.map(({ label, tone, points }) => ({ label, tone, y: points.at(-1)?.mean })),
    { label: reference?.label ?? "", tone: "reference", y: reference?.points.at(-1)?.[1] },
  ].flatMap(({ label, tone, y }) => (y === undefined ? [] : [{ label, tone, y: place.y(y) }]));
  const apart = ends
    .toSorted((a, b) => a.y - b.y)
    .reduce<typeof ends>((placed, end) => {
      const least = (placed.at(-1)?.y ?? -Infinity) + LABEL;
      return [...placed, { ...end, y: Math.max(end.y, least) }];
    }, []);
  const over = Math.max(0, (apart.at(-1)?.y ?? 0) - place.bottom);
  return apart.map(({ label, tone, y }) => (
    <text
      key={`${id} ${label}`}
      className={`experiment-label ${tone}`}
      x={place.right + 6}
      y={y - over + 4}
    >
      {label}
    </text>
  ));
}

const clamp = (value: number): number => Math.max(0, Math.min(1, value));

/** A logarithmic axis has no place for the end of an interval that reaches 0: it ends at the edge. */
const pathOf = (points: readonly (readonly [number, number])[], { x, y }: Place): string =>
  points
    .map(([at, value]) => [x(at), y(value)] as const)
    .filter(([, value]) => Number.isFinite(value))
    .map(([at, value], i) => `${i === 0 ? "M" : "L"}${at.toFixed(1)} ${value.toFixed(1)}`)
    .join("");

/** The picture in words: each line's first and last mean. */
function describe({ title, lines, x, y, reference }: LinesPanel): string {
  const written = (value: number): string =>
    y.share
      ? `${tick(Number((100 * value).toPrecision(3)))} %`
      : tick(Number(value.toPrecision(3)));
  const said = lines.flatMap(({ label, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [
      `${label} from ${written(first.mean)} at ${x.label} ${tick(first.x)} to ${written(last.mean)} at ${tick(last.x)}`,
    ];
  });
  const beside = reference === undefined ? "" : `; dashed for comparison, ${reference.label}`;
  return `${title}, means over seeds: ${said.join("; ")}${beside}.`;
}
