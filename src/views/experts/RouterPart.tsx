import type { RoutedRecord } from "../../analysis/flips.ts";
import { type Route, tokenRoutes } from "../../analysis/routes.ts";
import * as format from "../../analysis/format.ts";
import type { Selection } from "../../analysis/selection.ts";
import { Word } from "../controls/Word.tsx";
import { cellLink } from "../equation/link.ts";
import { Term } from "../equation/Term.tsx";
import { flipWords } from "./cell-words.ts";
import { ExpertChip } from "./ExpertMark.tsx";

/** The router's numbers for the pinned token: experts and weights, then and now, and their log-ratio. */
export function RouterPart({ record, at }: { record: RoutedRecord; at: Selection }) {
  const index = at.row * record.columns + at.token;
  if (!record.mask[index]) return null;
  const routes = tokenRoutes(record, index);
  const flipped = routes.filter((each) => each.flipped).length;
  return (
    <section className="eq-part experts-router">
      <h3>
        <Word id="router">Router</Word> <span>where this token’s probability is computed</span>
      </h3>
      <table>
        <thead>
          <tr>
            <th scope="col">layer</th>
            <th scope="col">in the rollout</th>
            <th scope="col">now</th>
          </tr>
        </thead>
        <tbody>
          {routes.map(({ layer, now, old }) => (
            <tr key={layer}>
              <th scope="row">{layer}</th>
              <td>
                <Experts routes={old} />
              </td>
              <td>
                <Experts routes={now} outlines />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="eq-formula">
        <Term
          tex={String.raw`\tfrac{1}{Lk}\sum\,(\log p_e-\log p_e^{\mathrm{old}})`}
          plain="mean of log p − log p old"
          value={format.signed(record.routerLogRatio[index]!, 4).trim()}
          result
          link={cellLink(at)}
        />
      </div>
      <p className="eq-verdict">
        The router’s log-ratio: <i>p</i> is its softmax over all experts, and the mean is over
        layers and the rollout’s experts. The token has <b>{flipWords(flipped, routes.length)}</b>
        {flipped === 0 ? "." : " than in the rollout."}
      </p>
    </section>
  );
}

/** Experts with what each counts. */
const Experts = ({
  routes,
  outlines = false,
}: {
  routes: readonly Route[];
  outlines?: boolean;
}) => (
  <span className="experts-list">
    {routes.map(({ expert, weight, alone }) => (
      <span key={expert}>
        <ExpertChip expert={expert} outlined={outlines && alone} />
        {format.fixed(weight, 3)}
      </span>
    ))}
  </span>
);
