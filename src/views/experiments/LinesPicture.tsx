import { useId, useRef } from "react";
import { tick } from "../../analysis/format.ts";
import type { Axis, BandLine, LinesPanel } from "../../experiments/experiment.ts";
import { useWidth } from "../charts/use-width.ts";
import { type Scale, scaleOf } from "./scale.ts";

/** How a picture is laid out at a size, in CSS pixels. */
interface Frame {
  /** Height over width, and the bounds of the height. */
  tall: number;
  least: number;
  most: number;
  margin: Readonly<Record<"top" | "right" | "bottom" | "left", number>>;
  /** Between two labels at the lines' ends, at least. */
  label: number;
  /** Parts of a linear axis, about. */
  parts: number;
}

const SMALL: Frame = {
  tall: 0,
  least: 134,
  most: 134,
  margin: { top: 6, right: 74, bottom: 32, left: 38 },
  label: 13,
  parts: 3,
};
/** Over a telephone. */
const TALL: Frame = { ...SMALL, tall: 0.9, least: 260, most: 420 };
const LARGE: Frame = {
  tall: 0.5,
  least: 260,
  most: 540,
  margin: { top: 10, right: 104, bottom: 44, left: 54 },
  label: 18,
  parts: 6,
};
/** From here on there is room for larger letters. */
const WIDE = 560;

function frameOf(large: boolean, width: number): Frame & { height: number } {
  const frame = large ? (width < WIDE ? TALL : LARGE) : SMALL;
  const { tall, least, most } = frame;
  return { ...frame, height: Math.max(least, Math.min(most, tall * width)) };
}

interface Place {
  frame: ReturnType<typeof frameOf>;
  x(value: number): number;
  y(value: number): number;
  right: number;
  bottom: number;
}

/** Means over seeds with their intervals: bands along steps, bars on points. */
export function LinesPicture({ panel, large }: { panel: LinesPanel; large: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { lines, reference, title } = panel;
  const points = lines.flatMap((line) => line.points);
  const frame = frameOf(large, width);
  const { height } = frame;
  const className = frame.label === LARGE.label ? "experiment-plot large" : "experiment-plot";
  return (
    <div className={className} ref={box} style={{ height }}>
      {width === 0 || points.length === 0 ? (
        <p className="experiment-none">{points.length === 0 ? "Too few steps to draw." : ""}</p>
      ) : (
        <svg width={width} height={height} role="img" aria-label={describe(panel)}>
          <Drawn panel={panel} frame={frame} width={width} />
          {reference === undefined ? null : <title>{`${title}; dashed: ${reference.label}`}</title>}
        </svg>
      )}
    </div>
  );
}

interface DrawnProps {
  panel: LinesPanel;
  frame: Place["frame"];
  width: number;
}

function Drawn({ panel, frame, width }: DrawnProps) {
  const { margin, parts, height } = frame;
  const { lines, reference, kind, x: xAxis, y: yAxis } = panel;
  const points = lines.flatMap((line) => line.points);
  const across = reference?.points ?? [];
  const xs = scaleOf([...points.map(({ x }) => x), ...across.map(([x]) => x)], xAxis, {
    parts,
    tight: true,
  });
  const ys = scaleOf(
    [
      ...points.flatMap(({ mean, low, high }) => [mean, ...(yAxis.log ? [] : [low, high])]),
      ...across.map(([, y]) => y),
    ],
    yAxis,
    { parts },
  );
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const place: Place = {
    frame,
    x: (value) => margin.left + xs.at(value) * (right - margin.left),
    y: (value) => bottom - clamp(ys.at(value)) * (bottom - margin.top),
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
  const { left } = place.frame.margin;
  return (
    <>
      {ys.ticks.map((value) => (
        <g key={value}>
          <path className="experiment-grid" d={`M${left} ${place.y(value)}H${place.right}`} />
          <text className="experiment-tick end" x={left - 5} y={place.y(value) + 4}>
            {y.share ? `${tick(Number((100 * value).toPrecision(6)))} %` : tick(value)}
          </text>
        </g>
      ))}
      <path className="experiment-base" d={`M${left} ${place.bottom}H${place.right}`} />
      {xs.ticks.map((value) => (
        <text
          key={value}
          className="experiment-tick middle"
          x={place.x(value)}
          y={place.bottom + place.frame.label + 2}
        >
          {tick(value)}
        </text>
      ))}
      <text
        className="experiment-tick middle"
        x={(left + place.right) / 2}
        y={place.frame.height - 5}
      >
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
      const least = (placed.at(-1)?.y ?? -Infinity) + place.frame.label;
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
