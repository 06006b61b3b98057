import { armConfig, type GRPOConfig, otherLevel, type RunConfig } from "../../config/types.ts";
import { type StepRecord, clipLevelOf } from "../../record/record.ts";
import { change } from "../../store/run/actions.ts";
import { algorithm } from "../../store/run/arms.ts";
import {
  bandClipping,
  bandOf,
  fieldsOf,
  wouldClip,
  type Band,
  type ClipCount,
} from "../../analysis/epsilon.ts";
import { useRun } from "../../store/run/run-store.ts";
import { setSwitched, useView } from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { band as bandWords, percent } from "../../analysis/format.ts";

/** The GSPO paper's band, section 5.1, and TRL's default for token ratios. */
const PUBLISHED = {
  sequence: { says: "GSPO paper", band: { low: 3e-4, high: 4e-4 } },
  token: { says: "TRL default", band: { low: 0.2, high: 0.2 } },
};

/** After a level was flipped: which ε suits it. ε itself changes only by a button here. */
export function LevelSwitched() {
  const switched = useView((view) => view.switched);
  const run = useRun((state) => state.run);
  const arm = run?.arms.find((each) => each.name === switched?.arm);
  if (run === null || arm === undefined || switched === null) return null;
  const { record } = switched;
  const config = armConfig(run, arm);
  const level = config.importance_sampling_level;
  const now = bandOf(config);
  const offers = offersFor(run, config, record).filter(
    ({ band }) => band.low !== now.low || band.high !== now.high,
  );
  const counted = (band: Band): string =>
    record !== null ? ` (${says(wouldClip(record, level, band, config))})` : "";

  return (
    <section className="finding switched" aria-label="Epsilon after the switch" role="status">
      <h2>
        The {arm.name} arm takes {level === "token" ? "one ratio per token" : "one ratio per row"}{" "}
        from the next step on: {algorithm(level)}.
      </h2>{" "}
      <p>
        ε is not comparable between the levels, and it was not changed.
        {record === null
          ? ""
          : ` In brackets: what each would have clipped at step ${record.step}, k = ${record.innerStep}.`}
      </p>
      <div className="actions">
        <Button kind="primary" shape="small wraps" onPress={() => setSwitched(null)}>
          Keep ε {bandText(now)}
          {counted(now)}
        </Button>
        {offers.map(({ says: what, band }) => (
          <Button
            key={what}
            shape="small wraps"
            onPress={() => {
              change(arm.name, fieldsOf(band));
              setSwitched(null);
            }}
          >
            {what}: ε {bandText(now)} → {bandText(band)}
            {counted(band)}
          </Button>
        ))}
      </div>
    </section>
  );
}

/** What other bands suit the level: another arm's, the published one, one that clips as much. */
function offersFor(
  run: RunConfig,
  config: GRPOConfig,
  record: StepRecord | null,
): { says: string; band: Band }[] {
  const level = config.importance_sampling_level;
  const kind = clipLevelOf(level);
  const peer = run.arms
    .map((arm) => ({ name: arm.name, config: armConfig(run, arm) }))
    .find(
      (each) =>
        (each.config.importance_sampling_level === "token") === (level === "token") &&
        bandOf(each.config).low !== config.epsilon,
    );
  const offers = [];
  if (peer !== undefined)
    offers.push({ says: `As the ${peer.name} arm`, band: bandOf(peer.config) });
  if (record !== null) {
    const was = otherLevel(level);
    const before = wouldClip(record, was, bandOf(config), config);
    const band = bandClipping(record, level, before.clipped / Math.max(1, before.total));
    if (band !== null) offers.push({ says: "Clip the same share", band });
  }
  return [...offers, PUBLISHED[kind]];
}

const bandText = ({ low, high }: Band): string => bandWords(low, high);

const says = ({ clipped, total, unit }: ClipCount): string =>
  `${clipped} of ${total} ${unit}, ${percent(clipped / Math.max(1, total), 0)}`;
