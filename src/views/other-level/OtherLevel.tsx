import type { Counterfactual, VirtualStep } from "../../engine/counterfactual.ts";
import type { StepRecord } from "../../engine/record.ts";
import { askOtherLevel, fork } from "../../store/actions.ts";
import { algorithm } from "../../store/arms.ts";
import { useDisplay } from "../../store/display.ts";
import { canTrain } from "../../store/readiness.ts";
import { useRun } from "../../store/session.ts";
import { selectStage, setCompare } from "../../store/view.ts";
import { Button } from "../controls/Button.tsx";
import * as format from "../format.ts";
import "./other-level.css";

/** More arms than this do not fit the charts. */
const MOST_ARMS = 4;

/** The answer for the record on screen, or null. */
export function useCounterfactual(record: StepRecord): Counterfactual | null {
  const found = useRun((run) => run.counterfactual);
  return found?.arm === record.arm && found.step === record.step ? found : null;
}

/** "What would the other level have done with this very batch?", and the fork that finds out. */
export function OtherLevel({ record }: { record: StepRecord }) {
  const found = useCounterfactual(record);
  const refusal = useRun(canTrain);
  const live = useRun((run) => run.source === "live");
  const newest = useDisplay((display) => display.kept.at(-1)?.step ?? 0);
  const arms = useRun((run) => run.run?.arms.length ?? 0);
  const other = record.level === "token" ? "sequence" : "token";
  const stale = !live
    ? "A recorded run has no weights to try it on; train one step."
    : record.step === newest
      ? refusal
      : `Only the newest step can be taken again: its weights are still there. Step ${record.step} is not.`;
  const full = arms >= MOST_ARMS ? `The run has ${arms} arms already.` : null;
  return (
    <section className="card other-level" aria-label="The other level">
      <header>
        <h2>What would {algorithm(other)} have done with this very batch?</h2>
        <Button shape="small" onPress={() => askOtherLevel(record.arm)} disabledBecause={stale}>
          Take step {record.step} again at {other} level
        </Button>
        <Button
          shape="small"
          onPress={() => fork(record.arm, other)}
          disabledBecause={stale ?? full}
        >
          Fork here: {algorithm(other)} from step {newest}
        </Button>
      </header>
      {found === null ? (
        <p className="other-level-note">
          {stale ??
            "Same weights, batch, advantages and optimizer state; one virtual step of each level on the GPU. The run is left exactly as it is; training pauses for it."}
        </p>
      ) : (
        <Answer record={record} found={found} />
      )}
    </section>
  );
}

function Answer({ record, found }: { record: StepRecord; found: Counterfactual }) {
  const { own, other, cosine } = found;
  const tokens = Math.max(
    1,
    record.mask.reduce((sum, counts) => sum + counts, 0),
  );
  const line = (step: VirtualStep, taken: boolean) => {
    const zero = record.mask.filter(
      (counts, i) => counts === 1 && step.coefficient[i] === 0,
    ).length;
    return (
      <tr>
        <th scope="row">
          <span className={step.level === "token" ? "mark-grpo" : "mark-gspo"} aria-hidden="true" />{" "}
          {algorithm(step.level)}
          {taken ? ", taken" : ", instead"}
        </th>
        <td>{format.loss(step.loss)}</td>
        <td>{format.fixed(step.gradNorm, 4)}</td>
        <td>
          {tokens - zero} of {tokens}
        </td>
        <td>{format.fixed(meanSize(step.deltaLogp, tokens), 4)}</td>
        <td>{format.fixed(largest(step.deltaLogp), 3)}</td>
      </tr>
    );
  };
  return (
    <div className="other-level-answer">
      <table>
        <thead>
          <tr>
            <th scope="col">step {found.step}</th>
            <th scope="col">loss</th>
            <th scope="col">gradient norm</th>
            <th scope="col">tokens that push</th>
            <th scope="col">mean |Δ log π|</th>
            <th scope="col">largest</th>
          </tr>
        </thead>
        <tbody>
          {line(own, true)}
          {line(other, false)}
        </tbody>
      </table>
      <div>
        <p role="status">
          Cosine between the two gradients: <b className="num">{format.fixed(cosine, 4)}</b>
          {cosine > 0.999999 ? " – the same direction" : ""}
        </p>
        <div className="actions">
          <Button
            shape="small"
            onPress={() => {
              setCompare("side");
              selectStage(4);
            }}
          >
            Show both coefficient matrices
          </Button>
          <Button shape="small" onPress={() => setCompare("effect")}>
            Show Δ log π of each token
          </Button>
        </div>
      </div>
    </div>
  );
}

const meanSize = (values: Float32Array, tokens: number): number =>
  values.reduce((sum, value) => sum + Math.abs(value), 0) / tokens;
const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
