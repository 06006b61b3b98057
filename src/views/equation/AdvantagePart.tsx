import { beyondTRL } from "../../config/beyond-trl.ts";
import { Word } from "../controls/Word.tsx";
import type { StepRecord } from "../../record/record.ts";
import * as format from "../../analysis/format.ts";
import { groupLink, rowLink } from "./link.ts";
import { Op, Term } from "./Term.tsx";
import { groupStatistics } from "../../analysis/group-statistics.ts";

/** A from the rewards of the row's group, as far as this batch tells them. */
export function AdvantagePart({ record, row }: { record: StepRecord; row: number }) {
  const i = row + 1;
  const found = groupStatistics(record, row);
  const { advantage_std_eps: eps } = beyondTRL(record.config);
  const power = /^1e(-\d+)$/.exec(eps.toExponential())?.[1] ?? null;
  const [own, group] = [rowLink(row), groupLink(record, row)];
  return (
    <section className="eq-part">
      <h3>
        <Word id="advantage">Advantage</Word>{" "}
        <span>
          {record.rewardNames.length === 0 ? "from the log" : "from the rewards of the group"}
        </span>
      </h3>
      <div className="eq-formula">
        <Term
          tex={String.raw`\hat{A}_{${i}}`}
          plain={`A${i}`}
          value={format.signed(record.advantage[row]!, 3).trim()}
          result
          link={own}
        />
        {found.kind !== "part" && (
          <>
            <Op>= (</Op>
            <Term
              tex={String.raw`\mathrm{reward}`}
              plain="reward"
              value={format.fixed(record.reward[row]!, 4)}
              link={own}
            />
            <Op>−</Op>
            <Term
              tex={String.raw`\mathrm{mean}`}
              plain="mean"
              value={format.fixed(found.mean, 4)}
              link={group}
            />
            {found.deviation === null ? (
              <Op>)</Op>
            ) : (
              <>
                <Op>)/(</Op>
                <Term
                  tex={String.raw`\mathrm{sd}+${power === null ? eps : `10^{${power}}`}`}
                  plain={`sd + ${eps}`}
                  value={format.fixed(found.deviation + eps, 4)}
                  link={group}
                />
                <Op>)</Op>
              </>
            )}
          </>
        )}
      </div>
      <p className="eq-verdict">
        No critic, unlike PPO: the group’s mean stands in for the value function.
      </p>
      {found.kind !== "whole" && (
        <p className="eq-verdict">
          {found.kind === "part" && record.rewardNames.length > 0 && (
            <>
              The reward is <code>{format.fixed(record.reward[row]!, 4)}</code>.{" "}
            </>
          )}
          {found.why}
        </p>
      )}
    </section>
  );
}
