import { useState } from "react";
import * as format from "../../analysis/format.ts";
import {
  type CompletionLooks,
  type Look,
  type LookLayer,
  lookOf,
} from "../../analysis/picture-attention.ts";
import { splitPicture } from "../../analysis/prompt-picture.ts";
import { tokenName } from "../../analysis/rows.ts";
import { rowName, type Selection } from "../../analysis/selection.ts";
import { pictureAttention } from "../../store/run/asked.ts";
import { useRun } from "../../store/run/run-store.ts";
import { AskedPart } from "../controls/AskedPart.tsx";
import { LayerPicker } from "../controls/LayerPicker.tsx";
import type { RecordProps } from "../figure/props.ts";
import { LookPicture } from "./LookPicture.tsx";
import "./token-look.css";

interface TokenLookProps extends RecordProps {
  /** A row whose prompt has a picture. */
  row: number;
  /** The token that is told of where it is the row's; else the row's first one is. */
  pinned: Selection | null;
}

/** Where a token's attention lies on its prompt's picture, where it is asked for. */
export function TokenLook({ record, row, pinned, vocabulary }: TokenLookProps) {
  const { arm, step, logp, columns, tokens, length } = record;
  // A batch that was made up is no step of the run.
  const isStep = useRun(({ kept }) => kept.some(({ records }) => records[arm]?.logp === logp));
  const asked = pictureAttention.use((state) => pictureAttention.askedOf(state, record, row));
  const { picture } = splitPicture(record.prompt[row]!);
  if (picture === null || !isStep || length[row] === 0) return null;
  const token = pinned?.row === row ? Math.min(pinned.token, length[row]! - 1) : 0;
  const name = (at: number) => tokenName(vocabulary, tokens[row * columns + at]!);
  return (
    <div className="look">
      <AskedPart
        asked={asked}
        step={step}
        waits={`Attention is read from the GPU, under the weights that step ${step} began with.`}
        asks="Show where each token looks on the picture"
        onAsk={() => void pictureAttention.ask(record, row)}
      >
        {(looks) => (
          <Looked
            looks={looks}
            picture={picture}
            token={token}
            name={name(token)}
            before={token === 0 ? null : name(token - 1)}
          />
        )}
      </AskedPart>
    </div>
  );
}

interface LookedProps {
  looks: CompletionLooks & { row: number; step: number };
  picture: string;
  token: number;
  /** The token as it is said, and the one that it is predicted from; null: the prompt's last. */
  name: string;
  before: string | null;
}

function Looked({ looks, picture, token, name, before }: LookedProps) {
  const [layer, setLayer] = useState<LookLayer>("all");
  const look = lookOf(looks, token, layer);
  const layers = Array.from({ length: looks.layers }, (_, each) => each);
  const [line, column] = [Math.floor(look.most / look.side), look.most % look.side];
  const heads = format.plural(looks.heads, "head");
  return (
    <section aria-label={`Row ${rowName(looks.row)}: where token ${token + 1} looks`}>
      <LookPicture picture={picture} look={look} />
      <div className="look-told">
        <p role="status">
          Token {token + 1}, <b>{name}</b>, has <b>{share(look.picture)}</b> of its attention on the
          picture
          {look.classToken !== null && <>, {share(look.classToken)} of it on the class token</>},
          most of a patch in row {line + 1}, column {column + 1}:{" "}
          <b>{share(look.patches[look.most]!)}</b>. The text has <b>{share(look.text)}</b>; together
          that is 100 %.
        </p>
        <p>
          {layer === "all"
            ? `Mean over ${format.plural(looks.layers, "layer")} of ${heads} each`
            : `Mean over the ${heads} of layer ${layer}`}
          : white is a patch’s share. It is read from the position that predicts the token (
          {before === null ? "the prompt’s last token" : <>the token before it, {before}</>}), under
          the weights that step {looks.step} began with.
        </p>
        {layers.length > 1 && (
          <LayerPicker
            label="Layer whose attention is shown"
            layers={layers}
            selected={layer}
            onSelect={setLayer}
          />
        )}
      </div>
      <Numbers look={look} />
    </section>
  );
}

/** Every patch's share, where it lies. */
const Numbers = ({ look: { side, patches, most } }: { look: Look }) => (
  <div
    className="look-numbers"
    role="region"
    aria-label="Share of attention on each patch, in percent"
    tabIndex={0}
  >
    <table>
      <thead>
        <tr>
          <td>%</td>
          {Array.from({ length: side }, (_, column) => (
            <th key={column} scope="col">
              <span className="visually-hidden">column </span>
              {column + 1}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: side }, (_, line) => (
          <tr key={line}>
            <th scope="row">
              <span className="visually-hidden">row </span>
              {line + 1}
            </th>
            {patches.slice(line * side, (line + 1) * side).map((value, column) => (
              <td key={column} data-most={line * side + column === most || undefined}>
                {format.fixed(100 * value, 1)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const share = (value: number): string => format.percent(value);
