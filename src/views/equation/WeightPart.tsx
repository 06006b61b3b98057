import { upperEpsilon } from "../../config/clip-band.ts";
import { lossForm } from "../../config/loss-types.ts";
import { bandAt, type StepRecord } from "../../record/record.ts";
import * as format from "../../analysis/format.ts";
import type { Selection } from "../../analysis/selection.ts";
import { cellLink, rowLink } from "./link.ts";
import { geometricRatio, judgeRow, rowWeightOf, sapoGate } from "../../analysis/surrogate.ts";
import { Op, Term } from "./Term.tsx";

interface WeightPartProps {
  record: StepRecord;
  level: "token" | "sequence";
  at: Selection;
}

/** A loss without a hard clip: what its weight is made of, its objective and its push on log π. */
export function WeightPart(props: WeightPartProps) {
  const { record, level, at } = props;
  const { row, token } = at;
  const index = row * record.columns + token;
  const judged = judgeRow(record, level, row)(index);
  const loss = record.config.loss_type;
  const geometric = lossForm(record.config).rule === "geometric";
  return (
    <>
      {geometric ? (
        <Geometric {...props} />
      ) : loss === "cispo" ? (
        <Cap {...props} />
      ) : loss === "sapo" ? (
        <Gate {...props} />
      ) : (
        <Gamma {...props} />
      )}
      <p className="eq-verdict">
        <b>
          {geometric
            ? judged.clipped
              ? "Clipped."
              : "Kept."
            : loss === "cispo"
              ? judged.clipped
                ? "Held."
                : "Below the cap."
              : "No hard clip."}
        </b>{" "}
        {level === "token" ? "This token" : "Each token of the row"} pushes log π with{" "}
        <code>{format.signed(judged.coefficient, 3).trim()}</code>
        {loss === "cispo" && judged.clipped
          ? ": the weight is held, the gradient is not cut off."
          : loss === "vespo"
            ? ", whatever its own ratio."
            : "."}
      </p>
    </>
  );
}

const symbolOf = (level: "token" | "sequence", { row, token }: Selection): string =>
  level === "token" ? `r_{${row + 1},${token + 1}}` : `s_{${row + 1}}`;

const ratioOf = ({ record, level, at }: WeightPartProps): number =>
  level === "token"
    ? record.tokenRatio[at.row * record.columns + at.token]!
    : record.sequenceRatio[at.row]!;

const linkOf = ({ level, at }: WeightPartProps) =>
  level === "token" ? cellLink(at) : rowLink(at.row);

/** cispo: max(floor, min(ratio, ε_high)) · A · log π, the weight kept out of the gradient. */
function Cap(props: WeightPartProps) {
  const { record, level, at } = props;
  const config = bandAt(record, level);
  const ratio = ratioOf(props);
  const cap = upperEpsilon(config);
  const floor = config.cispo_floor ?? 0;
  const weight = Math.max(Math.min(ratio, cap), floor);
  return (
    <div className="eq-formula">
      {floor > 0 && (
        <>
          <Op>max(</Op>
          <Term tex={String.raw`\mathrm{floor}`} plain="floor" value={format.setting(floor)} />
          <Op>,</Op>
        </>
      )}
      <Op>min(</Op>
      <Term
        tex={symbolOf(level, at)}
        plain={level === "token" ? "r" : "s"}
        value={format.fixed(ratio, 4)}
        link={linkOf(props)}
      />
      <Op>,</Op>
      <Term
        tex={
          config.epsilon_high === null
            ? String.raw`\varepsilon`
            : String.raw`\varepsilon_{\mathrm{high}}`
        }
        plain="ε high"
        value={format.setting(cap)}
      />
      <Op>{floor > 0 ? ")) ×" : ") ×"}</Op>
      <Factors {...props} weight={weight} />
    </div>
  );
}

/** GMPO: A · ρ, ρ the geometric mean of the row's clipped ratios. */
function Geometric(props: WeightPartProps) {
  const { record, at } = props;
  const rho = geometricRatio(record, at.row);
  return (
    <div className="eq-formula">
      <Term
        tex={String.raw`\rho_{${at.row + 1}}`}
        plain="ρ"
        value={format.fixed(rho, 4)}
        link={rowLink(at.row)}
      />
      <Op>×</Op>
      <Advantage record={record} row={at.row} />
      <Op>=</Op>
      <Term
        tex="x"
        plain="x"
        value={format.signed(rho * record.advantage[at.row]!, 3).trim()}
        result
      />
    </div>
  );
}

/** sapo: A · 4/τ · σ(τ(ratio − 1)). */
function Gate(props: WeightPartProps) {
  const { record, level, at } = props;
  const A = record.advantage[at.row]!;
  const ratio = ratioOf(props);
  const { tau, gate } = sapoGate(record.config, ratio, A);
  return (
    <div className="eq-formula">
      <Term
        tex={String.raw`\sigma(\tau(${symbolOf(level, at)}-1))`}
        plain="σ(τ(ratio − 1))"
        value={format.fixed(gate, 4)}
        link={linkOf(props)}
      />
      <Op>×</Op>
      <Term tex={String.raw`4/\tau`} plain="4/τ" value={`4 / ${format.setting(tau)}`} />
      <Op>×</Op>
      <Advantage record={record} row={at.row} />
      <Op>=</Op>
      <Term
        tex={String.raw`x`}
        plain="x"
        value={format.signed(((A * 4) / tau) * gate, 3).trim()}
        result
      />
    </div>
  );
}

/** vespo: φ · A · log π, φ from the product of the row's ratios. */
function Gamma(props: WeightPartProps) {
  const { record, at } = props;
  const { logW, k, lambda, phi } = rowWeightOf(record, at.row);
  return (
    <>
      <div className="eq-formula">
        <Term
          tex={String.raw`\varphi_{${at.row + 1}}`}
          plain="φ"
          value={format.fixed(phi, 4)}
          result
          link={rowLink(at.row)}
        />
        <Op>= exp(</Op>
        <Term tex={String.raw`\lambda`} plain="λ" value={format.setting(lambda)} />
        <Op>+</Op>
        <Term tex="k" plain="k" value={format.setting(k)} />
        <Op>×</Op>
        <Term
          tex={String.raw`\ln w`}
          plain="ln w"
          value={format.signed(logW, 4).trim()}
          link={rowLink(at.row)}
        />
        <Op>−</Op>
        <Term
          tex={String.raw`\lambda w`}
          plain="λ w"
          value={format.fixed(lambda * Math.exp(logW), 4)}
          link={rowLink(at.row)}
        />
        <Op>)</Op>
      </div>
      <div className="eq-formula">
        <Op>
          <i>φ</i> ×
        </Op>
        <Factors {...props} weight={phi} />
      </div>
    </>
  );
}

const Advantage = ({ record, row }: { record: StepRecord; row: number }) => (
  <Term
    tex={String.raw`\hat{A}_{${row + 1}}`}
    plain="A"
    value={format.fixed(record.advantage[row]!, 4)}
    link={rowLink(row)}
  />
);

/** A × log π = x, of the losses that hold the weight fixed. */
function Factors({ record, at, weight }: WeightPartProps & { weight: number }) {
  const index = at.row * record.columns + at.token;
  const x = weight * record.advantage[at.row]! * record.logp[index]!;
  return (
    <>
      <Advantage record={record} row={at.row} />
      <Op>×</Op>
      <Term
        tex={String.raw`\log\pi`}
        plain="log π"
        value={format.logProb(record.logp[index]!)}
        link={cellLink(at)}
      />
      <Op>=</Op>
      <Term tex="x" plain="x" value={format.signed(x, 3).trim()} result link={cellLink(at)} />
    </>
  );
}
