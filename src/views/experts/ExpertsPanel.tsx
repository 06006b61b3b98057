import type { LayerChoice, RoutedRecord } from "../../analysis/flips.ts";
import { batchFlips, logRatiosByRoute } from "../../analysis/routes.ts";
import * as format from "../../analysis/format.ts";
import { selectExperts } from "../../store/view/view.ts";
import { Word } from "../controls/Word.tsx";
import { ExpertsTable } from "./ExpertsTable.tsx";
import { LayerPicker } from "../controls/LayerPicker.tsx";
import { LoadPlot } from "./LoadPlot.tsx";

interface ExpertsPanelProps {
  record: RoutedRecord;
  vocabulary: readonly string[];
  /** Rows in view. */
  rows: readonly number[];
  layer: LayerChoice;
}

/** Under the figures: which layer, how much flipped, how the ratios answer, and the load over the run. */
export function ExpertsPanel({ record, vocabulary, rows, layer }: ExpertsPanelProps) {
  const { layers, experts, perToken } = record.routing;
  return (
    <section className="experts-panel" aria-label="Experts of this batch">
      <div className="experts-facts">
        <LayerPicker
          label="Layer whose experts are shown"
          layers={layers}
          selected={layer}
          onSelect={selectExperts}
        />
        <p>
          <b>
            {perToken} of {format.plural(experts, "expert")}
          </b>{" "}
          work on each token. <FlippedWords record={record} layer={layer} />
        </p>
        <RatioWords record={record} />
        <ul className="experts-legend">
          {layer === "all" ? (
            <li>
              <span className="experts-key-share" aria-hidden="true" /> layers that flipped, of{" "}
              {layers.length}
            </li>
          ) : (
            <>
              <li>
                <span className="experts-key-frame" aria-hidden="true" /> other experts than in the
                rollout
              </li>
              <li>
                <span className="experts-key-ring" aria-hidden="true" /> expert that the rollout’s
                weights do not choose
              </li>
            </>
          )}
        </ul>
      </div>
      <div className="experts-over">
        <h3>
          <Word id="load">Load</Word> per expert{" "}
          <span>
            {layer === "all" ? "all layers" : `layer ${layer}`}, share of routes; dashed: even
          </span>
        </h3>
        <LoadPlot record={record} layer={layer} />
      </div>
      <ExpertsTable record={record} vocabulary={vocabulary} rows={rows} layer={layer} />
    </section>
  );
}

/** How much flipped in the whole batch. */
function FlippedWords({
  record,
  layer,
}: Pick<ExpertsPanelProps, "layer"> & { record: RoutedRecord }) {
  const { flipped, of } = batchFlips(record, layer);
  if (record.innerStep === 0 && flipped === 0) {
    return "At k = 0 the weights are those of the rollout: nothing has flipped.";
  }
  const replay = record.config.router_replay ?? "none";
  if (replay !== "none" && flipped === 0) {
    return `With router_replay ${replay} this step took the experts of the rollout: nothing flips.`;
  }
  return (
    <>
      In this batch{" "}
      <b>
        {flipped} of {layer === "all" ? `${of} pairs of token and layer` : `${of} tokens`}
      </b>{" "}
      ({format.percent(of === 0 ? 0 : flipped / of)}) have other experts
      {layer === "all" ? "" : ` in layer ${layer}`} than under the rollout’s weights: their{" "}
      <Word id="flip">route flipped</Word>.
    </>
  );
}

/** Whether the tokens whose routes flipped are those whose ratios moved. */
function RatioWords({ record }: { record: RoutedRecord }) {
  const { same, other } = logRatiosByRoute(record, null);
  if (other.tokens === 0) return null;
  return (
    <p>
      |log ratio|, root mean square: <b>{format.fixed(other.size, 4)}</b> over the{" "}
      {format.plural(other.tokens, "token")} that flipped in some layer
      {same.tokens === 0 ? (
        "; there is no other"
      ) : (
        <>
          , <b>{format.fixed(same.size, 4)}</b> over the other {same.tokens}
        </>
      )}
      .
    </p>
  );
}
