import { useEffect, useState } from "react";
import { verify } from "../../store/run/actions.ts";
import { useRun } from "../../store/run/run-store.ts";
import { failuresOf, type Verification, verificationText } from "../../store/run/verification.ts";
import { Button } from "../controls/Button.tsx";
import "./verify.css";

const ROOT = "../../../";

/** The tests as they stand in the repository, as text, once somebody asks for them. */
const SOURCES = Object.entries(
  import.meta.glob<string>(
    ["../../../tests/cli/vectors.test.ts", "../../../tests/engine/objective/trl-vectors.test.ts"],
    { query: "?raw", import: "default" },
  ),
).map(([path, load]) => ({ path: path.slice(ROOT.length), load }));

/** Holds the reader's own adapter against the reference vectors that ship with the page. */
export function Verify() {
  const verification = useRun((run) => run.verification);
  const refusal = useRun(({ failure }) =>
    failure?.kind === "no-webgpu" || failure?.kind === "no-adapter" ? failure.message : null,
  );
  const running = verification.status === "running";
  return (
    <section className="verify" aria-labelledby="verify-title">
      <h3 id="verify-title">Verify on this GPU</h3>
      <p>
        This trainer reproduces TRL 1.13 step by step: losses, gradient norms and final weights of
        whole runs of its <code>GRPOTrainer</code>. Here a part of those reference vectors runs on
        your adapter, with the kernels that train; three mixtures of transformers are among them,
        one of each kind of router. Training pauses while it runs.
      </p>
      <Button
        onPress={verify}
        disabledBecause={refusal ?? (running ? "The vectors are running." : null)}
      >
        Verify on this GPU
      </Button>
      {refusal === null ? null : <p>There is no WebGPU to verify: {refusal}</p>}
      <Outcome verification={verification} />
      <Measured />
    </section>
  );
}

/** For whoever builds it: what was measured, how to repeat it, and the tests themselves. */
function Measured() {
  const [open, setOpen] = useState(false);
  return (
    <details className="verify-measured" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>For engineers: what was measured, and the tests</summary>
      <p>
        Eight whole runs of TRL replay with losses within 2e-6, gradient norms within 1e-5 and final
        weights (cosine of the update above 0.9999999), and three more on mixtures of experts with
        losses within 5e-6, measured on SwiftShader. In a copy of the repository{" "}
        <code>npm run vectors</code> repeats it.
      </p>
      {open && SOURCES.map(({ path, load }) => <Source key={path} path={path} load={load} />)}
    </details>
  );
}

type Source = (typeof SOURCES)[number];

/** A test, as text: a browser would not show a `.ts` file. */
function Source({ path, load }: Source) {
  const [text, setText] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    load().then(
      (loaded) => setText(loaded),
      () => setFailed(true),
    );
  }, [load]);
  return (
    <>
      <h4>
        <code>{path}</code>
      </h4>
      {text !== null ? (
        <pre className="verify-text" tabIndex={0} aria-label={path}>
          {text}
        </pre>
      ) : failed ? (
        <p role="alert">It cannot be fetched from beside the page. Open the list again to retry.</p>
      ) : (
        <p role="status">On its way.</p>
      )}
    </>
  );
}

function Outcome({ verification }: { verification: Verification }) {
  switch (verification.status) {
    case "idle":
      return null;
    case "running": {
      const { done, total } = verification;
      return (
        <p role="status">
          {total === 0 ? "Waiting until training stands still." : `Case ${done} of ${total}`}
        </p>
      );
    }
    case "failed":
      return (
        <p role="alert">
          {verification.message} {verification.remedy}
        </p>
      );
    case "done":
      return <Report verification={verification} />;
    default:
      return verification satisfies never;
  }
}

function Report({ verification }: { verification: Extract<Verification, { status: "done" }> }) {
  const [said, setSaid] = useState("");
  const text = verificationText(verification, navigator.userAgent);
  const failures = failuresOf(verification);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setSaid("Copied"),
      () => setSaid("The browser does not let this page copy: select the text instead"),
    );
  };
  return (
    <>
      <p role="status">
        {failures === 0
          ? `0 failures on ${verification.adapter.name}: this adapter gives the reference's numbers.`
          : `${failures} ${failures === 1 ? "failure" : "failures"} on ${verification.adapter.name}: the report below names each.`}
      </p>
      <pre className="verify-text" tabIndex={0} aria-label="Report of the reference vectors">
        {text}
      </pre>
      <Button onPress={copy}>Copy the report</Button>
      <span role="status">{said}</span>
    </>
  );
}
