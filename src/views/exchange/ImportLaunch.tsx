import { useState } from "react";
import { isProcessCount, processesOf } from "../../config/processes.ts";
import type { Paste } from "../../config/python/paste.ts";

interface ImportLaunchProps {
  paste: Paste;
  onProcesses(count: number | null): void;
}

/** How many processes train together, which TRL's batch sizes count, and the schedule that follows. */
export function ImportLaunch({ paste, onProcesses }: ImportLaunchProps) {
  const processes = processesOf(paste.run.grpo);
  const [draft, setDraft] = useState<string | null>(null);
  const commit = (text: string): void => {
    setDraft(null);
    const count = Number(text);
    if (text === "") onProcesses(null);
    else if (isProcessCount(count)) onProcesses(count);
  };
  return (
    <>
      <label className="exchange-defaults">
        Processes
        <input
          className="field-input num"
          inputMode="numeric"
          size={5}
          value={draft ?? String(processes)}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={(event) => {
            if (draft !== null) commit(event.target.value.trim());
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") commit(event.currentTarget.value.trim());
          }}
        />
        <span className="quiet">{paste.processes}</span>
      </label>
      <p className="exchange-schedule">{paste.schedule}</p>
    </>
  );
}
