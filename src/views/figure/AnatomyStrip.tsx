import { useId } from "react";
import { bandAt, type ClipLevel } from "../../record/record.ts";
import { type Anatomy, piles, swarm } from "../../analysis/anatomy.ts";
import { bindingSide, clipNote, type ClipRule, ratioBeside } from "../../analysis/clip-rule.ts";
import { flips } from "../../analysis/flips.ts";
import { flipPath } from "./marks.ts";
import { Hatches } from "./Hatches.tsx";
import { LimitHandles } from "./LimitHandles.tsx";
import type { RowAnatomyProps } from "./props.ts";
import { tokenText } from "../../analysis/rows.ts";
import { safeLog, StripLane } from "./StripLane.tsx";
import { useDivergingScale } from "./use-page.ts";

/** Both levels' rules, and how either writes a ratio. */
export type AtLevels<T> = Readonly<Record<ClipLevel, T>>;

interface StripProps extends RowAnatomyProps {
  anatomy: Anatomy;
  rules: AtLevels<ClipRule>;
  decimals: AtLevels<number>;
  whose: AtLevels<string | null>;
  width: number;
  factor: number;
  /** A limit is being dragged, or has been let go. */
  onHold(held: boolean): void;
}

/** The two lanes: tokens within the token level's band, the row within the sequence level's. */
export function AnatomyStrip(props: StripProps) {
  const { record, vocabulary, row, anatomy, rules, decimals, width, factor: F, ...link } = props;
  const id = useId().replaceAll(/[^a-zA-Z0-9]/g, "");
  const scale = useDivergingScale();
  const A = record.advantage[row]!;
  const side = bindingSide(A);
  const pad = 14 * F;
  const inner = Math.max(60, width - 2 * pad);
  const top = 16 * F;
  const bottom = top + 44 * F;
  const low = bottom + 17 * F; // the lane of s
  const end = low + 20 * F;
  const x = (logRatio: number) =>
    pad + inner / 2 + (Math.max(-1.02, Math.min(1.02, logRatio / anatomy.window)) * inner) / 2;
  const s = x(anatomy.sequenceLog);
  const written = (level: ClipLevel, ratio: number) =>
    ratioBeside(rules[level], ratio, decimals[level]);
  const one = written("sequence", record.sequenceRatio[row]!);
  const lettered = anatomy.tokens.length <= 40;
  const each = anatomy.tokens.length <= 200;
  const size = lettered ? 16 * F : each ? 7 * F : 1.5;
  const lanes = swarm(
    anatomy.tokens.map(({ logRatio }) => x(logRatio)),
    size,
    lettered ? 3 : 6,
  );
  const heaps = lettered
    ? piles(
        anatomy.tokens.map(({ logRatio }) => x(logRatio)),
        lanes,
        size,
      )
    : [];
  const laneY = (lane: number) =>
    lettered ? top + (22 + [0, -14, 14][lane]!) * F : top + (5 + 7 * lane) * F;

  // Hundreds of tokens are strokes of one path, not elements.
  const strokes = (cut: boolean) =>
    anatomy.tokens
      .flatMap(({ logRatio, clipped }, i) =>
        clipped === cut ? [`M${x(logRatio).toFixed(1)} ${laneY(lanes[i]!)}v6`] : [],
      )
      .join("");

  const selected = [link.pinned, link.hover].filter((at) => at?.row === row);
  // The number beside the diamond stands on the side that does not clip, where there is room.
  const left = side === "above" ? s > pad + 90 * F : s > pad + inner - 90 * F;
  const described = `Token ratios from ${written("token", anatomy.lowest)} to ${written("token", anatomy.highest)} on a log axis; the sequence ratio is ${one}${anatomy.sequenceClipped ? ", clipped" : ""}.`;
  const lane = { advantage: A, from: pad, length: inner, window: anatomy.window, x, factor: F };
  const hatch = `${id}-clip`;
  return (
    <svg width={width} height={end + 18 * F} role="group" aria-label={described}>
      <Hatches id={id} />
      <StripLane
        {...lane}
        rule={rules.token}
        arm="grpo"
        top={top}
        bottom={bottom}
        hatch={hatch}
        ticks
      />
      <StripLane
        {...lane}
        rule={rules.sequence}
        arm="gspo"
        top={low}
        bottom={end}
        hatch={hatch}
        ticks={false}
      />
      <text
        className="anatomy-clips anatomy-clips-grpo"
        x={side === "above" ? pad : pad + inner}
        y={top - 6 * F}
        textAnchor={side === "above" ? "start" : "end"}
      >
        {rules.token.kind !== "hard"
          ? ""
          : `GRPO${link.whose.token === null ? "" : `: ${link.whose.token}`}`}
      </text>
      {rules.token.kind === "hard" && side !== null && (
        <text
          className="anatomy-clips"
          x={side === "above" ? pad + inner : pad}
          y={top - 6 * F}
          textAnchor={side === "above" ? "end" : "start"}
        >
          clips here: A {side === "above" ? "> 0" : "< 0"}
        </text>
      )}
      {rules.token.kind !== "hard" && (
        <text className="anatomy-clips" x={pad + inner} y={top - 6 * F} textAnchor="end">
          {clipNote(rules.token, rules.sequence)}
        </text>
      )}
      <path className="anatomy-leader" d={`M${s} ${top}V${bottom}`} />
      {each ? (
        anatomy.tokens.map(({ token, logRatio, clipped }, i) => {
          const at = { row, token };
          const cx = x(logRatio);
          const cy = laneY(lanes[i]!);
          const marked = selected.some((each) => each?.token === token);
          return (
            <g
              key={token}
              className={`anatomy-token${clipped ? " anatomy-cut" : ""}${marked ? " anatomy-marked" : ""}`}
              onPointerEnter={() => link.onHover(at)}
              onPointerLeave={() => link.onHover(null)}
              onPointerDown={() => link.onPin(at)}
            >
              <circle
                cx={cx}
                cy={cy}
                r={size / 2 - 0.5}
                fill={clipped ? undefined : scale.fill(0.6 * Math.sign(A))}
              />
              {lettered && (
                <text
                  x={cx}
                  y={cy + 4 * F}
                  fill={clipped ? undefined : scale.ink(0.6 * Math.sign(A))}
                >
                  {tokenText(vocabulary, record.tokens[row * record.columns + token]!).slice(0, 1)}
                </text>
              )}
              {lettered && flips(record, row * record.columns + token) > 0 && (
                <path className="flip-mark" d={flipPath(cx + 2.5 * F, cy + 2.5 * F, 6 * F)} />
              )}
            </g>
          );
        })
      ) : (
        <>
          <path
            className="anatomy-many"
            d={strokes(false)}
            stroke={scale.fill(0.6 * Math.sign(A))}
          />
          <path className="anatomy-many anatomy-many-cut" d={strokes(true)} />
        </>
      )}
      {(["token", "sequence"] as const).map((level) => {
        const rule = rules[level];
        if (rule.kind !== "hard" || !link.onTry) return null;
        const onTry = link.onTry;
        return (
          <LimitHandles
            key={level}
            rule={rule}
            of={level === "token" ? "GRPO" : "GSPO"}
            both={bandAt(record, level).epsilon_high === null}
            x={(ratio) => x(safeLog(ratio))}
            ratioAt={(at) => Math.exp(((at - pad - inner / 2) * 2 * anatomy.window) / inner)}
            top={level === "token" ? top : low}
            bottom={level === "token" ? bottom : end}
            onTry={(band) => onTry(band && { level, band })}
            onHold={link.onHold}
          />
        );
      })}
      {heaps.map(({ at, count }) => (
        <text key={at} className="anatomy-pile" x={at + 12 * F} y={top + 26 * F}>
          × {count}
        </text>
      ))}
      <path
        className={`anatomy-diamond${anatomy.sequenceClipped ? " anatomy-diamond-cut" : ""}`}
        d={`M${s} ${low + 4 * F}l${8 * F} ${8 * F}l${-8 * F} ${8 * F}l${-8 * F} ${-8 * F}z`}
      />
      <text
        className="anatomy-slabel"
        x={clearOf(rules.sequence, x, s, left ? -80 * F : 80 * F) + (left ? -13 : 13) * F}
        y={low + 16 * F}
        textAnchor={left ? "end" : "start"}
      >
        s = {one}
      </text>
      <SequenceNote
        {...link}
        rule={rules.sequence}
        x={x}
        from={pad}
        to={pad + inner}
        y={end + 13 * F}
        factor={F}
      />
    </svg>
  );
}

/**
 * Where a text beside the diamond begins, to the left of it where `room` is negative: beyond the
 * limits that would run through it.
 */
function clearOf(rule: ClipRule, x: (log: number) => number, s: number, room: number): number {
  if (rule.kind !== "hard") return s;
  const limits = [x(safeLog(rule.low)), x(Math.log(rule.high))];
  return (room < 0 ? limits.toReversed() : limits).reduce(
    (edge, limit) =>
      (limit - edge) * room > 0 && Math.abs(limit - edge) < Math.abs(room) ? limit : edge,
    s,
  );
}

/** Whose ε the lane of s has, at the end of its axis where its limits leave room. */
function SequenceNote(props: {
  whose: AtLevels<string | null>;
  rule: ClipRule;
  x(logRatio: number): number;
  from: number;
  to: number;
  y: number;
  factor: number;
}) {
  const { whose, rule, x, from, to, factor: F } = props;
  if (rule.kind !== "hard") return null;
  const rooms = [x(safeLog(rule.low)) - from, to - x(Math.log(rule.high))] as const;
  const fits = (note: string) => Math.max(...rooms) > (note.length * 6.4 + 30) * F;
  const long = `GSPO${whose.sequence === null ? "" : `: ${whose.sequence}`}`;
  const note = [long, "GSPO"].find(fits);
  if (note === undefined) return null;
  const before = rooms[0] > (note.length * 6.4 + 30) * F;
  return (
    <text
      className="anatomy-clips anatomy-clips-gspo"
      x={before ? from : to}
      y={props.y}
      textAnchor={before ? "start" : "end"}
    >
      {note}
    </text>
  );
}
