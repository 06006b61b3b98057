import { useMemo } from "react";
import { plural } from "../../analysis/format.ts";
import type { Experiment, Outcome, SeedOutcome } from "../../experiments/experiment.ts";
import { commandOf } from "../../experiments/result.ts";
import { FEWEST_VALUES } from "../../analysis/statistics.ts";
import type { KeptExperiment } from "../../runs/kept-experiments.ts";
import { type Recorded, useExperiments } from "../../store/experiments/experiments.ts";
import { load } from "../../store/run/actions.ts";
import { Button } from "../controls/Button.tsx";
import { Enlargeable } from "./Enlargeable.tsx";
import { RunHere } from "./RunHere.tsx";

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  holds: "Holds here",
  fails: "Does not hold here",
  open: "Undecided here",
};

/** What is shown: of this browser where it has two seeds or more, else what ships with the page. */
interface Shown {
  outcomes: readonly SeedOutcome[];
  /** Where the numbers are from, one sentence. */
  from: string;
  command: string;
}

/** A claim, its picture and its verdict, and how to run it again. */
export function ExperimentCard({ experiment }: { experiment: Experiment }) {
  const { id, title, claim, method } = experiment;
  const recorded = useExperiments((state) => state.recorded[id]);
  const own = useExperiments((state) => state.own[id]);
  const problem = useExperiments((state) =>
    state.problem?.experiment === id ? state.problem.text : null,
  );
  const shown = useMemo(() => ofOwn(own) ?? ofRecorded(recorded), [own, recorded]);
  const headingId = `experiment-${id}`;
  return (
    <section className="experiment" aria-labelledby={headingId}>
      <h3 id={headingId}>{title}</h3>
      <p className="experiment-claim">
        <small>Claim</small> {claim}
      </p>
      {shown === null ? <Nothing recorded={recorded} /> : <Findings {...{ experiment, shown }} />}
      {problem === null ? null : <p role="alert">{problem}</p>}
      <details>
        <summary>How it is run</summary>
        <p>{method}</p>
        {shown === null ? null : (
          <p>
            In Node: <code>{shown.command}</code>
          </p>
        )}
        <p className="experiment-conditions">
          {experiment.conditions(1).map(({ id: condition, title: text, run }) => (
            <Button key={condition} shape="small" onPress={() => load(run)}>
              Open as run: {text}
            </Button>
          ))}
        </p>
      </details>
      <RunHere experiment={experiment} />
    </section>
  );
}

function Findings({ experiment, shown }: { experiment: Experiment; shown: Shown }) {
  const { panels, verdict } = useMemo(
    () => ({
      panels: experiment.panels(shown.outcomes),
      verdict: experiment.verdict(shown.outcomes),
    }),
    [experiment, shown],
  );
  return (
    <>
      <p>
        <b className={`experiment-outcome ${verdict.outcome}`}>{OUTCOMES[verdict.outcome]}</b>
      </p>
      {panels.map((panel) => (
        <Enlargeable key={panel.title} panel={panel} of={experiment.title} />
      ))}
      <div className="experiment-verdict">
        {verdict.sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      <p className="experiment-from">{shown.from}</p>
    </>
  );
}

function Nothing({ recorded }: { recorded: Recorded | undefined }) {
  return recorded?.is === "missing" ? (
    <p role="status">{recorded.why} Run it here.</p>
  ) : (
    <p aria-busy="true" />
  );
}

function ofOwn(own: KeptExperiment | undefined): Shown | null {
  if (own === undefined || own.outcomes.length < FEWEST_VALUES) return null;
  const { experiment, outcomes, steps, adapter, updatedAt, seeds } = own;
  const done = outcomes.length < seeds ? `${outcomes.length} of ${seeds}` : String(seeds);
  return {
    outcomes,
    from: `Run in this browser on ${adapter}, ${day(updatedAt)}: ${done} seeds, ${plural(steps, "step")} a run.`,
    command: commandOf(experiment, seeds, steps),
  };
}

function ofRecorded(recorded: Recorded | undefined): Shown | null {
  if (recorded?.is !== "there") return null;
  const { outcomes, adapter, date, steps, command } = recorded.result;
  return {
    outcomes,
    from: `Recorded on ${adapter}, ${day(date)}: ${plural(outcomes.length, "seed")}, ${plural(steps, "step")} a run.`,
    command,
  };
}

const day = (at: number | string): string => new Date(at).toISOString().slice(0, 10);
