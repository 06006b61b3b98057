import type { ReactNode } from "react";
import { change, load, play, reset } from "../../store/run/actions.ts";
import type { Failure } from "../../store/run/run.ts";
import { useRun } from "../../store/run/run-store.ts";
import { runFrom } from "../../config/run-from.ts";
import { armConfig, type RunConfig } from "../../config/types.ts";
import { Button } from "../controls/Button.tsx";
import { setting } from "../../analysis/format.ts";
import { focusField } from "../config/focus-field.ts";
import { NoWebGPU } from "./NoWebGPU.tsx";
import "./states.css";

/** What stopped training, and the ways on. A refused change says so beside its field instead. */
export function FailureNotice() {
  const failure = useRun((run) => run.failure);
  const run = useRun((state) => state.run);
  const stopped = useRun((state) => state.status === "failed");
  if (failure === null || !stopped) return null;
  switch (failure.kind) {
    case "no-webgpu":
    case "no-adapter":
      return <NoWebGPU failure={failure} />;
    case "miscomputes":
      return (
        <State title="This GPU does not compute right" failure={failure}>
          {run === null ? null : <Button onPress={() => load(run)}>Look for a GPU again</Button>}
        </State>
      );
    case "limits":
      return (
        <State title="This run needs more than your GPU allows" failure={failure}>
          <FieldButtons fields={failure.fields} />
          <StartAgain run={run} />
        </State>
      );
    case "config":
      return (
        <State title="This configuration cannot run" failure={failure}>
          <FieldButtons fields={failure.fields} />
        </State>
      );
    case "shader":
      return (
        <State title="A shader does not compile on this adapter" failure={failure} code>
          <StartAgain run={run} />
        </State>
      );
    case "diverged":
      return <Diverged failure={failure} run={run} />;
    case "device-lost":
      return (
        <State title="The GPU was lost again and again" failure={failure}>
          <Button kind="primary" onPress={play}>
            Go on from this step
          </Button>
          <StartAgain run={run} />
        </State>
      );
    case "set-up-lost":
      return (
        <State title="Lost while this run was set up" failure={failure}>
          <FieldButtons fields={failure.fields} />
          {failure.step ? (
            <Button onPress={play}>Go on from this step all the same</Button>
          ) : (
            run && <Button onPress={() => load(run)}>Set it up all the same</Button>
          )}
        </State>
      );
    case "adapter-gone":
      return (
        <State title="The GPU was lost" failure={failure}>
          <Button kind="primary" onPress={() => location.reload()}>
            Reload and go on
          </Button>
        </State>
      );
    case "not-resumed":
      return (
        <State title="The stored run could not be continued" failure={failure}>
          <Button kind="primary" onPress={() => load(run ?? runFrom())}>
            Start a new run
          </Button>
        </State>
      );
    case "bug":
      return (
        <State title="Training stopped by a bug" failure={failure} code>
          <StartAgain run={run} />
        </State>
      );
    default:
      return failure.kind satisfies never;
  }
}

interface StateProps {
  title: string;
  failure: Failure;
  /** The message is a listing. */
  code?: boolean;
  children: ReactNode;
}

function State({ title, failure, code = false, children }: StateProps) {
  const { message, remedy, step, arm } = failure;
  const place = [step === null ? null : `step ${step}`, arm === null ? null : `${arm} arm`];
  const tag = place.filter((each) => each !== null).join(", ");
  return (
    <section className="card state-card" role="alert">
      {tag === "" ? null : <p className="state-tag">Stopped at {tag}</p>}
      <h2>{title}</h2>
      {code ? <pre className="state-details">{message}</pre> : <p>{message}</p>}
      {remedy === null ? null : <p>{remedy}</p>}
      <div className="actions">{children}</div>
    </section>
  );
}

const StartAgain = ({ run }: { run: RunConfig | null }) =>
  run === null ? null : (
    <Button onPress={() => load(run)}>Start again at the same initial weights</Button>
  );

/** Leads to the fields that a failure names. */
const FieldButtons = ({ fields }: { fields: readonly string[] }) =>
  fields.map((name) => (
    <Button key={name} onPress={() => focusField(name)}>
      Go to <code>{name}</code>
    </Button>
  ));

/** The weights of the last good step are kept: training can go on with a gentler setting. */
function Diverged({ failure, run }: { failure: Failure; run: RunConfig | null }) {
  const arm = run?.arms.find(({ name }) => name === failure.arm) ?? run?.arms[0];
  const rate = run && arm ? armConfig(run, arm).learning_rate : null;
  return (
    <State
      title="The loss left the numbers, so training stopped before the weights did"
      failure={failure}
    >
      {rate === null || !failure.fields.includes("learning_rate") ? null : (
        <Button
          kind="primary"
          onPress={() => {
            change(failure.arm, { learning_rate: rate / 10 });
            play();
          }}
        >
          Set learning_rate {setting(rate)} → {setting(rate / 10)} and go on
        </Button>
      )}
      <FieldButtons fields={failure.fields} />
      <Button onPress={reset}>Reset to the same initial weights</Button>
    </State>
  );
}
