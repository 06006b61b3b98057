import { closeStoredRun } from "../../store/library/open-run.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import "./states.css";

/** Says that a stored run is on screen, and leads back to the page's own. */
export function ViewedRun() {
  const viewedRun = useRun((run) => run.viewedRun);
  if (viewedRun === null) return null;
  return (
    <section className="card opened-run" aria-label="A stored run">
      <p>
        <b>Looking at “{viewedRun.name}”.</b> Nothing trains it; the run of this page stands still,
        and header, configuration and status line are still that one's.
      </p>
      <Button shape="small" onPress={closeStoredRun}>
        Back to the run of this page
      </Button>
    </section>
  );
}
