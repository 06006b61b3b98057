import { useEffect, useState } from "react";
import { exportData, exportPolicy } from "../../store/library/files.ts";
import { canTrain } from "../../store/run/readiness.ts";
import { useRuns } from "../../store/library/runs.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { Picker } from "../controls/Picker.tsx";

const ON_SCREEN = "on-screen";

/** A run's numbers, completions, logs and weights, for other programs and other machines. */
export function ExportData({ arm }: { arm: string }) {
  const stored = useRuns(({ runs }) => runs);
  const [chosen, setChosen] = useState(ON_SCREEN);
  const empty = useRun((state) => state.history.length === 0);
  const noWeights = useRun((state) => (state.status === "finished" ? null : canTrain(state)));
  useEffect(() => {
    if (stored.every(({ id }) => id !== chosen)) setChosen(ON_SCREEN);
  }, [stored, chosen]);
  const own = useRun(({ source, storage }) =>
    source === "live" && storage?.step != null ? storage.id : null,
  );
  const id = chosen === ON_SCREEN ? own : chosen;
  const nothing = id === null && empty ? "No step has been trained yet." : null;
  return (
    <div className="exchange-data">
      <div className="exchange-choices">
        <Picker
          label="Run whose data is exported"
          lead="Data of"
          choices={[
            { id: ON_SCREEN, text: "the run on screen" },
            ...stored.map(({ id: each, name, step }) => ({
              id: each,
              text: name,
              help: `step ${step}`,
            })),
          ]}
          selected={chosen}
          onSelect={setChosen}
        />
        <Button
          onPress={() => void exportData("run", id)}
          disabledBecause={
            id === null ? "The run on screen is not stored: choose one that is." : null
          }
        >
          Run file
        </Button>
        <Button onPress={() => void exportData("csv", id)} disabledBecause={nothing}>
          Metrics CSV
        </Button>
        <Button onPress={() => void exportData("jsonl", id)} disabledBecause={nothing}>
          Metrics JSONL
        </Button>
        <Button onPress={() => void exportData("completions", id)} disabledBecause={nothing}>
          Completions JSONL
        </Button>
        <Button onPress={() => void exportData("logs", id)} disabledBecause={nothing}>
          Logs as TRL writes them
        </Button>
        <Button onPress={() => exportPolicy(arm)} disabledBecause={noWeights}>
          Weights of the {arm} arm for transformers
        </Button>
      </div>
    </div>
  );
}
