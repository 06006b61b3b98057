import { klEstimate } from "../../analysis/kl.ts";
import { beyondTRL } from "../../config/beyond-trl.ts";
import { Word } from "../controls/Word.tsx";
import { type StepRecord, clipLevelOf } from "../../record/record.ts";
import * as format from "../../analysis/format.ts";
import type { Selection } from "../../analysis/selection.ts";
import { cellLink } from "./link.ts";
import { tokenKl } from "../../analysis/recombine.ts";
import { Op, Term } from "./Term.tsx";

/** The KL term of one token: β, and the estimate from the two log-probabilities. */
export function KlPart({ record, at }: { record: StepRecord; at: Selection }) {
  const { config, logpRef } = record;
  const index = at.row * record.columns + at.token;
  if (!logpRef || !record.mask[index]) return null;
  const u = logpRef[index]! - record.logp[index]!;
  const link = cellLink(at);
  const level = clipLevelOf(record.level);
  const kl = tokenKl(record, level, at.row, index);
  const estimate = klEstimate(config, u);
  const { kl_estimator, kl_clamp } = beyondTRL(config);
  const [tex, plain] = FORMULAS[kl_estimator];
  return (
    <section className="eq-part">
      <h3>
        <Word id="kl">KL</Word> term <span>distance from the reference policy</span>
      </h3>
      <div className="eq-formula">
        <Term tex="u" plain="u" value={format.signed(u, 4).trim()} result link={link} />
        <Op>=</Op>
        <Term
          tex={String.raw`\log\pi_{\mathrm{ref}}`}
          plain="log π ref"
          value={format.logProb(logpRef[index]!)}
          link={link}
        />
        <Op>−</Op>
        <Term
          tex={String.raw`\log\pi`}
          plain="log π"
          value={format.logProb(record.logp[index]!)}
          link={link}
        />
      </div>
      <div className="eq-formula">
        <Term tex={String.raw`\beta`} plain="β" value={format.setting(config.beta)} />
        <Op>×</Op>
        {config.use_bias_correction_kl && (
          <>
            <Term
              tex={level === "token" ? "r" : "s"}
              plain={level === "token" ? "r" : "s"}
              value={format.fixed(
                level === "token" ? record.tokenRatio[index]! : record.sequenceRatio[at.row]!,
                4,
              )}
              link={link}
            />
            <Op>×</Op>
          </>
        )}
        <Term
          tex={estimate.held ? "k" : tex}
          plain={estimate.held ? "k" : plain}
          value={format.fixed(estimate.value, 6)}
          link={link}
        />
        <Op>=</Op>
        <Term
          tex={String.raw`\beta\,\mathrm{KL}`}
          plain="β KL"
          value={format.fixed(config.beta * kl, 6)}
          result
          link={link}
        />
      </div>
      {estimate.held && (
        <p className="eq-verdict">
          {plain} is beyond kl_clamp: it is held at ±{kl_clamp} and gives no gradient.
        </p>
      )}
    </section>
  );
}

const FORMULAS = {
  k1: [String.raw`(-u)`, "(−u)"],
  k2: [String.raw`(u^{2}/2)`, "(u²/2)"],
  k3: [String.raw`(e^{u}-u-1)`, "(exp u − u − 1)"],
} as const;
