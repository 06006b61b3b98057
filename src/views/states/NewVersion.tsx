import { useState } from "react";
import { takeNewVersion, useNewVersion } from "../../store/page/offline.ts";
import { Button } from "../controls/Button.tsx";
import "./states.css";

/** One line: the site has changed since this page was opened. */
export function NewVersion() {
  const waiting = useNewVersion((version) => version.waiting);
  const [later, setLater] = useState<ServiceWorker | null>(null);
  const [taken, setTaken] = useState(false);
  const because = taken ? "The new version is taking over." : null;
  if (waiting === null || waiting === later) return null;
  return (
    <section className="finding info run-notice" aria-label="New version" role="status">
      <p>A new version of this page is there. A run in training is kept and can be continued.</p>
      <div className="actions">
        <Button
          shape="small wraps"
          disabledBecause={because}
          onPress={() => {
            setTaken(true);
            takeNewVersion();
          }}
        >
          {taken ? "Reloading …" : "Reload"}
        </Button>
        <Button
          kind="ghost"
          shape="small"
          disabledBecause={because}
          onPress={() => setLater(waiting)}
        >
          Later
        </Button>
      </div>
    </section>
  );
}
