import { flips, type RoutedRecord } from "../../analysis/flips.ts";
import * as format from "../../analysis/format.ts";
import { splitByRoutes, type TokenSplit } from "../../analysis/route-split.ts";
import { rowName } from "../../analysis/selection.ts";
import { tokenName, tokenText } from "../../analysis/rows.ts";
import { routeScores } from "../../store/run/asked.ts";
import { AskedPart } from "../controls/AskedPart.tsx";

interface TokenSplitsProps {
  record: RoutedRecord;
  row: number;
  vocabulary: readonly string[];
}

/**
 * Each token's log-ratio apart, where it is asked for: the step's weights score the batch again along the
 * rollout's experts, and along the router's own.
 */
export function TokenSplits({ record, row, vocabulary }: TokenSplitsProps) {
  const asked = routeScores.use((state) => routeScores.askedOf(state, record));
  return (
    <AskedPart
      asked={asked}
      step={record.step}
      waits={`The batch of step ${record.step} is scored along both routes.`}
      asks="Split each token’s log-ratio by experts"
      onAsk={() => void routeScores.ask(record)}
    >
      {(scores) => (
        <Splits
          record={record}
          row={row}
          vocabulary={vocabulary}
          splits={splitByRoutes(record, scores, row)}
        />
      )}
    </AskedPart>
  );
}

/** The row's sums in a sentence, and below it each token's numbers. */
function Splits(props: TokenSplitsProps & { splits: readonly TokenSplit[] }) {
  const { record, row, vocabulary, splits } = props;
  const text = (token: number) => record.tokens[row * record.columns + token]!;
  const carried = splits.some(
    ({ token, other }) => other !== 0 && flips(record, row * record.columns + token) === 0,
  );
  return (
    <>
      <Sums splits={splits} replays={(record.config.router_replay ?? "none") !== "none"} />
      <div
        className="experts-splits"
        role="region"
        aria-label={`Row ${rowName(row)}: log-ratios by experts`}
        tabIndex={0}
      >
        <table>
          <thead>
            <tr>
              <th scope="col">token</th>
              {splits.map(({ token }) => (
                <th key={token} scope="col" aria-label={tokenName(vocabulary, text(token))}>
                  {tokenText(vocabulary, text(token))}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {PARTS.map(({ name, of }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {splits.map((split) => (
                  <td key={split.token}>{signed(of(split))}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {carried && (
        <p>
          A token with its own experts unchanged can have such a part: it attends to earlier tokens,
          and those go through other experts.
        </p>
      )}
    </>
  );
}

function Sums({ splits, replays }: { splits: readonly TokenSplit[]; replays: boolean }) {
  const [same, other] = PARTS.map(({ of }) => splits.reduce((sum, split) => sum + of(split), 0));
  const [along, own] = [<b key="same">{signed(same!)}</b>, <b key="other">{signed(other!)}</b>];
  return replays ? (
    <p role="status">
      The step replays the rollout’s experts: {along} is what the weights change along them. The
      router’s own experts would add {own}.
    </p>
  ) : (
    <p role="status">
      Of it {along} is what the weights change along the rollout’s experts, and {own} what other
      experts change.
    </p>
  );
}

/** The lines of the table; the sentence has the sums of the first two. */
const PARTS = [
  { name: "same experts", of: ({ same }: TokenSplit) => same },
  { name: "other experts", of: ({ other }: TokenSplit) => other },
  { name: "together", of: ({ same, other }: TokenSplit) => same + other },
];

const signed = (value: number): string => format.signed(value, 4).trim();
