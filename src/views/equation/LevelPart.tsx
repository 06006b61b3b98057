import { Word } from "../controls/Word.tsx";
import { bandAt, type StepRecord } from "../../record/record.ts";
import * as format from "../../analysis/format.ts";
import {
  bindingLimit,
  clipRuleAt,
  configAt,
  decimalsAt,
  ratioAt,
  epsilonAt,
  otherClipArm,
} from "../../analysis/clip-rule.ts";
import { maskedLength } from "../../analysis/rows.ts";
import type { Selection } from "../../analysis/selection.ts";
import { type Branch, branchesOf, product } from "../../analysis/branches.ts";
import { microBatchRows } from "../../config/processes.ts";
import { lossMaskOf } from "../../analysis/loss-mask.ts";
import { cellLink, rowLink } from "./link.ts";
import { objectivePlain, objectiveTex } from "../../analysis/paper.ts";
import { Op, Term } from "./Term.tsx";
import { Tex } from "./Tex.tsx";
import { WeightPart } from "./WeightPart.tsx";

interface LevelPartProps {
  record: StepRecord;
  level: "token" | "sequence";
  /** It is the level that drives the gradient. */
  drives: boolean;
  at: Selection | null;
}

type AtLevel = Pick<LevelPartProps, "record" | "level"> & { at: Selection };

/** One level: its objective, its ratio with numbers, both sides of the min, and the verdict. */
export function LevelPart({ record, level, drives, at }: LevelPartProps) {
  const token = level === "token";
  const config = configAt(record, level);
  return (
    <section className="eq-part">
      <h3>
        <span className={token ? "mark-grpo" : "mark-gspo"} aria-hidden="true" />
        <Word id={token ? "grpo" : "gspo"}>{token ? "GRPO" : "GSPO"}</Word>{" "}
        <span>
          {token ? "token ratio" : "sequence ratio"}
          {otherClipArm(record, level) !== null && `, ${epsilonAt(record, level)}`}
        </span>
        {drives && <span className="eq-drives">drives the gradient</span>}
      </h3>
      <div className="eq-objective">
        <Tex display tex={objectiveTex(config, level)} plain={objectivePlain(config, level)} />
      </div>
      {at &&
        (token ? (
          <TokenRatio record={record} at={at} />
        ) : (
          <SequenceRatio record={record} at={at} />
        ))}
      {at && <Branches record={record} level={level} at={at} />}
    </section>
  );
}

function TokenRatio({ record, at }: { record: StepRecord; at: Selection }) {
  const index = at.row * record.columns + at.token;
  const link = cellLink(at);
  return (
    <div className="eq-formula">
      <Term
        tex={`r_{${at.row + 1},${at.token + 1}}`}
        plain="r"
        value={ratioAt(record, "token", record.tokenRatio[index]!)}
        result
        link={link}
      />
      <Op>= exp(</Op>
      <Term
        tex={String.raw`\log\pi`}
        plain="log π"
        value={format.logProb(record.logp[index]!)}
        link={link}
      />
      <Op>−</Op>
      <Term
        tex={String.raw`\log\pi_{\mathrm{old}}`}
        plain="log π old"
        value={format.logProb(record.logpOld[index]!)}
        link={link}
      />
      <Op>)</Op>
    </div>
  );
}

function SequenceRatio({ record, at }: { record: StepRecord; at: Selection }) {
  const base = at.row * record.columns;
  const length = maskedLength(record, at.row);
  let sum = 0;
  for (let t = 0; t < record.columns; t++)
    sum += record.logRatio[base + t]! * record.mask[base + t]!;
  return (
    <div className="eq-formula">
      <Term
        tex={`s_{${at.row + 1}}`}
        plain="s"
        value={ratioAt(record, "sequence", record.sequenceRatio[at.row]!)}
        result
        link={rowLink(at.row)}
      />
      <Op>= exp(</Op>
      <Term tex={String.raw`1/|o|`} plain="1/|o|" value={`1 / ${length}`} link={rowLink(at.row)} />
      <Op>×</Op>
      <Term
        tex={String.raw`\textstyle\sum\log r`}
        plain="Σ log r"
        value={format.signed(sum, 4)}
        link={rowLink(at.row)}
      />
      <Op>)</Op>
      {record.level === "sequence_token" && (
        <p className="eq-verdict">
          <i>s</i> of a token has this value, and the gradient of the token’s own π:{" "}
          <Tex
            tex={String.raw`s_{i,t}=\mathrm{sg}[s_i]\,\pi_t/\mathrm{sg}[\pi_t]`}
            plain="s · π/sg[π]"
          />
          .
        </p>
      )}
    </div>
  );
}

function Branches({ record, level, at }: AtLevel) {
  const { row } = at;
  const index = row * record.columns + at.token;
  const token = level === "token";
  const ratio = token ? record.tokenRatio[index]! : record.sequenceRatio[row]!;
  const symbol = token ? "r" : "s";
  const branches = branchesOf(record, level, row, ratio);
  const dropped = whyDropped(record, row, index);
  if (dropped !== null) return <p className="eq-verdict">{dropped}</p>;
  if (!branches) return <WeightPart record={record} level={level} at={at} />;
  const A = record.advantage[row]!;
  const decimals = Math.max(4, decimalsAt(record, level));
  const capped = bandAt(record, level).delta === null ? symbol : `\\min(${symbol},\\delta)`;
  return (
    <>
      <div className="eq-branches">
        <BranchLine
          tex={`${capped} \\times \\hat{A}`}
          plain={`${symbol} × A`}
          branch={branches.unclipped}
          A={A}
          decimals={decimals}
        />
        <BranchLine
          tex={String.raw`\mathrm{clip}(${symbol}) \times \hat{A}`}
          plain={`clip(${symbol}) × A`}
          branch={branches.clipped}
          A={A}
          decimals={decimals}
        />
        {branches.most !== null && (
          <p className="eq-verdict">
            The dual clip lets no more than{" "}
            <code>{product(branches.most.ratio, A, branches.most.value, decimals).join(" ")}</code>{" "}
            count.
          </p>
        )}
      </div>
      <Verdict record={record} level={level} at={at} ratio={ratio} />
    </>
  );
}

interface BranchLineProps {
  tex: string;
  plain: string;
  branch: Branch;
  A: number;
  /** Of the ratio. */
  decimals: number;
}

function BranchLine({ tex, plain, branch, A, decimals }: BranchLineProps) {
  const [factors, value] = product(branch.ratio, A, branch.value, decimals);
  const numbers = (
    <span className="eq-numbers">
      {factors} <b>{value}</b>
    </span>
  );
  return (
    <div className={`eq-branch eq-${branch.place}`}>
      <Tex tex={tex} plain={plain} />
      {branch.place === "larger" ? <s className="eq-struck">{numbers}</s> : numbers}
      <span className="eq-place">{branch.place}</span>
    </div>
  );
}

function Verdict({ record, level, at, ratio }: AtLevel & { ratio: number }) {
  const { row } = at;
  const token = level === "token";
  const clipped = token
    ? record.tokenClipped[row * record.columns + at.token] === 1
    : record.sequenceClipped[row] === 1;
  const rule = clipRuleAt(record, level);
  const A = record.advantage[row]!;
  const symbol = <i>{token ? "r" : "s"}</i>;
  const whole = token ? "this token" : `all ${maskedLength(record, row)} tokens of the row`;
  if (clipped) {
    const limit = bindingLimit(rule, A, ratio) ?? NaN;
    return (
      <p className="eq-verdict">
        <span className="eq-hatch" aria-hidden="true" /> <b>Clipped.</b> {symbol} is{" "}
        {ratio > limit ? "above" : "below"} {format.limit(limit)} and <i>A</i> is{" "}
        {A > 0 ? "positive" : "negative"}, so {whole} {token ? "gives" : "give"} no gradient.
      </p>
    );
  }
  const value = token
    ? record.tokenCoefficient[row * record.columns + at.token]!
    : record.sequenceCoefficient[row]!;
  const outside = rule.kind === "hard" && (ratio > rule.high || ratio < rule.low);
  return (
    <p className="eq-verdict">
      <b>Kept.</b>{" "}
      {outside ? (
        <>
          {symbol} is outside the band, but on the side that is open when <i>A</i> is{" "}
          {A > 0 ? "positive" : A < 0 ? "negative" : "0"}:{" "}
        </>
      ) : (
        <>{symbol} is inside the band: </>
      )}
      {whole} {token ? "keeps" : "keep"} <code>{format.signed(value, 3).trim()}</code>.
    </p>
  );
}

/** Why the policy loss leaves a token out, or null. */
function whyDropped(record: StepRecord, row: number, index: number): string | null {
  if (!record.mask[index]) return "This token is masked: it is not in the loss.";
  const kept = lossMaskOf(record);
  const { top_entropy_quantile: share, off_policy_mask_threshold: limit } = record.config;
  if (!kept.row[row]) {
    return `The off-policy mask drops this row: A is negative and its mean log π has fallen by more than ${format.setting(limit ?? NaN)} since the rollout.`;
  }
  if (kept.token[index]) return null;
  const part = kept.threshold?.[Math.floor(row / microBatchRows(record.config))];
  return `Its entropy ${format.fixed(record.entropy[index]!, 4)} is below ${format.fixed(part ?? NaN, 4)}: not among the top ${format.percent(share, 0)}, so the policy loss leaves it out.`;
}
