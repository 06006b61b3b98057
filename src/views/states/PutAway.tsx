import { lookAtRecorded, putAwayRead } from "../../store/run/actions.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import "./states.css";

/** Training took the recorded run's place on the page: that is said, with the way back to it. */
export function PutAway() {
  const shown = useRun(({ putAway, viewedRun }) => putAway && viewedRun === null);
  return (
    <div role="status">
      {shown && (
        <section className="put-away" aria-label="The recorded run">
          <p>Trained here now; the recorded run is put away.</p>
          <Button shape="small" onPress={lookAtRecorded}>
            Look at it again
          </Button>
          <Button kind="ghost" shape="small" onPress={putAwayRead}>
            Close
          </Button>
        </section>
      )}
    </div>
  );
}
