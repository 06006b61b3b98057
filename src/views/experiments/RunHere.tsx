import { useState } from "react";
import { clock } from "../../analysis/format.ts";
import { sentenceOf } from "../../base/user-error.ts";
import type { Experiment } from "../../experiments/experiment.ts";
import type { KeptExperiment } from "../../runs/kept-experiments.ts";
import { type Active, forgetOwn, useExperiments } from "../../store/experiments/experiments.ts";
import {
  pauseExperiment,
  runHere,
  stopExperiment,
  waits,
} from "../../store/experiments/run-here.ts";
import { pause } from "../../store/run/actions.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { Picker } from "../controls/Picker.tsx";

const SEEDS = [2, 4, 8, 16] as const;
const USUAL_SEEDS = 8;

/** Runs the experiment on the reader's own adapter: how far it is, and how it is stopped. */
export function RunHere({ experiment }: { experiment: Experiment }) {
  const active = useExperiments((state) => state.active);
  const own = useExperiments((state) => state.own[experiment.id]);
  if (active?.experiment === experiment.id) return <Running active={active} />;
  return <Offer experiment={experiment} own={own ?? null} other={active} />;
}

function Offer({
  experiment,
  own,
  other,
}: {
  experiment: Experiment;
  own: KeptExperiment | null;
  other: Active | null;
}) {
  const { id, steps } = experiment;
  const [seeds, setSeeds] = useState(USUAL_SEEDS);
  const [chosen, setSteps] = useState(steps.usual);
  const refusal = useRun(({ failure }) =>
    failure?.kind === "no-webgpu" || failure?.kind === "no-adapter" ? sentenceOf(failure) : null,
  );
  const because = refusal ?? (other === null ? null : "Another experiment is running.");
  const begun = own !== null && own.outcomes.length < own.seeds ? own : null;
  const choices = [steps.least, Math.round(steps.usual / 2), steps.usual, 2 * steps.usual];
  return (
    <div className="experiment-actions">
      {begun === null ? null : (
        <>
          <p>
            {begun.outcomes.length} of {begun.seeds} seeds are done here.
          </p>
          <Button
            kind="primary"
            onPress={() => runHere(id, begun.seeds, begun.steps)}
            disabledBecause={because}
          >
            Resume
          </Button>
        </>
      )}
      <Button onPress={() => runHere(id, seeds, chosen)} disabledBecause={because}>
        {begun === null ? "Run it here" : "Run it anew"}
      </Button>
      <Picker
        label="Seeds"
        lead="seeds"
        choices={SEEDS.map((n) => ({ id: String(n), text: String(n) }))}
        selected={String(seeds)}
        onSelect={(text) => setSeeds(Number(text))}
      />
      <Picker
        label="Steps"
        lead="steps"
        choices={choices.map((n) => ({ id: String(n), text: String(n) }))}
        selected={String(chosen)}
        onSelect={(text) => setSteps(Number(text))}
      />
      {own === null ? null : (
        <Button kind="ghost" onPress={() => void forgetOwn(id)}>
          Forget mine
        </Button>
      )}
      {refusal === null ? null : <p>It cannot run here: {refusal}</p>}
      {other === null || refusal !== null ? null : <p>Another experiment is running.</p>}
    </div>
  );
}

function Running({
  active: { experiment, paused, done, total, leftMs, seeds },
}: {
  active: Active;
}) {
  const held = useRun(({ status }) => waits(status));
  const share = total === 0 ? 0 : done / total;
  const left = leftMs === null ? "" : `, ${clock(leftMs / 1000)} left`;
  const seed = Math.min(seeds, 1 + Math.floor(share * seeds));
  const says = paused
    ? "Paused; finished seeds are kept."
    : held
      ? "Waits while your own run trains, and goes on by itself when that stands still."
      : total === 0
        ? "Setting up."
        : `Seed ${seed} of ${seeds}${left}`;
  return (
    <div className="experiment-actions" data-running={experiment}>
      <progress value={share} max={1} aria-label="Progress of the experiment" />
      <p role="status">{says}</p>
      <Button onPress={() => pauseExperiment(!paused)}>{paused ? "Resume" : "Pause"}</Button>
      <Button kind="ghost" onPress={stopExperiment}>
        Stop
      </Button>
      {held && !paused ? <Button onPress={pause}>Pause my run</Button> : null}
    </div>
  );
}
