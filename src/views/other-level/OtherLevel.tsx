import { otherLevel } from "../../config/types.ts";
import type { Counterfactual, VirtualStep } from "../../engine/training/counterfactual.ts";
import { type StepRecord, clipLevelOf } from "../../record/record.ts";
import { askOtherLevel } from "../../store/run/actions.ts";
import { algorithm } from "../../store/run/arms.ts";
import { canAskOtherLevel, canReplay } from "../../store/run/readiness.ts";
import { useRun } from "../../store/run/run-store.ts";
import { setCompare, showStage } from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { CloseIcon } from "../shell/icons.tsx";
import { epsilonAt, otherClipArm } from "../../analysis/clip-rule.ts";
import * as format from "../../analysis/format.ts";
import { plural } from "../../analysis/format.ts";
import { angleText, COSINE_SCALE, sharedWeightsText, stillText } from "./answer-words.ts";
import { ForkHere } from "./ForkHere.tsx";
import { useCounterfactual } from "./use-counterfactual.ts";
import "./other-level.css";

/** "What would the other level have done with this very batch?", and the fork that finds out. */
export function OtherLevel({ record, onClose }: { record: StepRecord; onClose(): void }) {
  const found = useCounterfactual(record);
  const refusal = useRun(canAskOtherLevel);
  const forkRefusal = useRun(canReplay);
  const done = useRun((run) => run.step);
  const recorded = useRun(({ source }) => source === "recorded");
  const replaying = useRun((run) => run.replaying);
  const other = otherLevel(record.level);
  const past = !recorded && record.step < done;
  return (
    <section className="other-level" aria-label="The other level">
      <header>
        <h2>What would {algorithm(other)} have done with this very batch?</h2>
        <div className="actions">
          {found === null ? (
            <Button
              shape="small"
              onPress={() => askOtherLevel(record.arm, record.step)}
              disabledBecause={refusal}
            >
              Take step {record.step} again at {other} level
            </Button>
          ) : null}
          <ForkHere key={record.step} record={record} refusal={forkRefusal} />
          <Button kind="ghost" shape="small icon" label="Close the other level" onPress={onClose}>
            <CloseIcon />
          </Button>
        </div>
      </header>
      {replaying !== null ? (
        <p className="other-level-note" role="status">
          On the way to step {record.step} again: {replaying.done} of{" "}
          {plural(replaying.total, "step")}.
        </p>
      ) : found === null ? (
        <p className="other-level-note">
          {refusal ??
            `Same weights, batch, advantages and optimizer state, ${epsilons(record)}; one virtual step of each level${recorded ? ", taken when the run was recorded" : " on the GPU"}. ${
              past
                ? `The weights of step ${record.step} come back by training again from the checkpoint before it, the same to the last bit.`
                : ""
            }${recorded ? "" : " The run is left exactly as it is; training pauses for it."}`}
        </p>
      ) : (
        <Answer record={record} found={found} recorded={recorded} />
      )}
    </section>
  );
}

interface AnswerProps {
  record: StepRecord;
  found: Counterfactual;
  /** It was taken when the run was recorded. */
  recorded: boolean;
}

function Answer({ record, found, recorded }: AnswerProps) {
  const { own, other, cosine } = found;
  const shared = sharedWeightsText(found, record.mask);
  const still = stillText(found, record);
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
          {otherClipArm(record, clipLevelOf(other.level)) === null
            ? ""
            : `, ${epsilonAt(record, clipLevelOf(step.level))}`}
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
          Cosine between the two gradients: <b className="num">{format.fixed(cosine, 4)}</b>, an
          angle of <b className="num">{angleText(cosine)}</b>
        </p>
        <p className="other-level-note">{COSINE_SCALE}</p>
        {still !== null && <p className="other-level-note">{still}</p>}
        {shared !== null && <p className="other-level-note">{shared}</p>}
        {recorded ? (
          <p className="other-level-note">Taken when the run was recorded.</p>
        ) : own.loss === record.metrics.loss ? (
          <p className="other-level-note">
            The step taken again has the recorded loss, to the last bit.
          </p>
        ) : null}
        <div className="actions">
          <Button
            shape="small"
            onPress={() => {
              setCompare("side");
              showStage(4);
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

/** By whose ε each level takes the step. */
function epsilons(record: StepRecord): string {
  const other = otherLevel(record.level);
  return otherClipArm(record, other) === null
    ? "the same ε"
    : `each level with its own ε (${algorithm(other)}: ${epsilonAt(record, other)})`;
}

const meanSize = (values: Float32Array, tokens: number): number =>
  values.reduce((sum, value) => sum + Math.abs(value), 0) / tokens;
const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
