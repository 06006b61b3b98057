import { load } from "../../store/run/actions.ts";
import type { Failure } from "../../store/run/run.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";

/** The three ways in which a browser has no GPU to train on, ours marked. */
export function NoWebGPU({ failure }: { failure: Failure }) {
  const run = useRun((state) => state.run);
  const recorded = useRun((state) => state.source === "recorded");
  const ours = failure.kind === "no-webgpu" ? "missing" : refused(failure) ? "threw" : "null";
  return (
    <section className="card state-card" role="alert">
      <h2>This browser has no WebGPU to train on</h2>
      <p>
        {failure.message} {failure.remedy}
      </p>
      {recorded ? (
        <p>The recorded run below works without it: figures, equation and charts.</p>
      ) : null}
      <dl className="state-rows">
        {CASES.map(({ id, name, says }) => (
          <div key={id} className={id === ours ? "ours" : undefined}>
            <dt>
              <code>{name}</code>
              {id === ours ? <span className="visually-hidden"> (this browser)</span> : null}
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <div className="actions">
        {run === null ? null : <Button onPress={() => load(run)}>Look for a GPU again</Button>}
      </div>
    </section>
  );
}

/** The browser gave words of its own. */
const refused = ({ message }: Failure): boolean => /threw|refused|error/i.test(message);

const CASES = [
  {
    id: "missing",
    name: "navigator.gpu is missing",
    says: "Only pages served over https or from localhost have it: in Chrome and Edge since version 133 with all that is needed, in Safari since 26, in Firefox since 141 on Windows and 145 on Macs with Apple silicon; on Linux, Firefox has it in Nightly.",
  },
  {
    id: "null",
    name: "requestAdapter() gave null",
    says: "The browser knows WebGPU but found no GPU that it accepts. Open chrome://gpu to see why; on Linux, Vulkan may need to be turned on.",
  },
  {
    id: "threw",
    name: "requestAdapter() threw",
    says: "The browser blocks this driver. Its own words are above.",
  },
] as const;
