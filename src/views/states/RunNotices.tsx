import { continueRun, declineOffer, useOffer } from "../../store/library/continue.ts";
import { useEmbed } from "../../store/page/embed.ts";
import { dismissNotice } from "../../store/run/actions.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import "./states.css";

/** A line each, above the figures: a run to go on with, what befell this one, what is not stored. */
export function RunNotices() {
  return (
    <>
      <ContinueOffer />
      <WhatBefell />
      <NotStored />
    </>
  );
}

function ContinueOffer() {
  const { run, foundAt } = useOffer();
  const untouched = useRun(({ source }) => source !== "live");
  if (run === null || !untouched) return null;
  return (
    <section className="finding info run-notice" aria-label="Unfinished run">
      <p>
        {run.name} stopped at step {run.step} of {run.totalSteps}, {ago(foundAt - run.updatedAt)}.
      </p>
      <div className="actions">
        <Button shape="small wraps" onPress={() => continueRun(run.id)}>
          Continue at step {run.step}
        </Button>
        <Button kind="ghost" shape="small" onPress={declineOffer}>
          Not now
        </Button>
      </div>
    </section>
  );
}

function WhatBefell() {
  const notice = useRun((run) => run.notice);
  return (
    <div role="status">
      {notice === null ? null : (
        <section className="finding info run-notice" aria-label="What befell the run">
          <p>{notice}</p>
          <div className="actions">
            <Button kind="ghost" shape="small" onPress={dismissNotice}>
              Close
            </Button>
          </div>
        </section>
      )}
    </div>
  );
}

/** Training goes on without storage; what it means for later is said. */
function NotStored() {
  const state = useRun((run) => run.storage?.state ?? "kept");
  const text = useRun((run) => run.storage?.text ?? null);
  const live = useRun((run) => run.source === "live");
  const framed = useEmbed(({ part }) => part !== null);
  if (text === null || !live || framed) return null;
  return (
    <section
      className={state === "kept" ? "finding info run-notice" : "finding run-notice"}
      aria-label="Storage"
      role="status"
    >
      <p>{text}</p>
    </section>
  );
}

function ago(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}
