import { armConfig, type Level } from "../../config/types.ts";
import { offeredPresets } from "../../config/preset-sentences.ts";
import { runFrom } from "../../config/run-from.ts";
import { forgetEdits } from "../../store/config/edits.ts";
import { load, switchLevel } from "../../store/run/actions.ts";
import { chosenArm } from "../../store/run/arms.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useMarkers } from "../../store/screen/shown.ts";
import { selectArm, useView } from "../../store/view/view.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { Picker } from "../controls/Picker.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { Word } from "../controls/Word.tsx";
import { Seed } from "./Seed.tsx";

const PRESETS = offeredPresets.map(({ id, title, sentence }) => ({
  id,
  text: title,
  help: sentence,
}));

/** What runs: preset and seed; which arm is looked at, and with which level it trains. */
export function RunControls() {
  const run = useRun((state) => state.run);
  return (
    <>
      <div className="topbar-preset">
        <Picker
          label="Preset"
          lead="Preset"
          choices={PRESETS}
          selected={run?.preset ?? null}
          again
          onSelect={(preset) => {
            forgetEdits();
            load(runFrom(preset));
          }}
        />
      </div>
      <div className="topbar-switches">
        <ArmSwitch />
        <LevelSwitch />
      </div>
      <Seed />
    </>
  );
}

/** Arms that lie side by side; more of them are a list. */
const SIDE_BY_SIDE = 2;

/** Whose batch the figures show. */
function ArmSwitch() {
  const run = useRun((state) => state.run);
  const chosen = useView((view) => view.arm);
  const markers = useMarkers();
  if (run === null || run.arms.length < 2) return null;
  const selected = chosenArm(run, chosen)?.name ?? null;
  const label = "Arm whose batch is shown";
  if (run.arms.length > SIDE_BY_SIDE) {
    const choices = run.arms.map(({ name }) => ({ id: name, text: `${name} arm` }));
    return (
      <div className="topbar-arms">
        <Picker
          label={label}
          lead="Show"
          choices={choices}
          selected={selected}
          onSelect={selectArm}
        />
        <ArmMark marker={markers[selected ?? ""] ?? "square"} />
      </div>
    );
  }
  return (
    <div className="topbar-labelled">
      <span className="topbar-lead topbar-show">
        <Word id="arm">Arm</Word>
      </span>
      <Segmented
        label={label}
        selected={selected}
        onSelect={selectArm}
        segments={run.arms.map(({ name }) => ({
          id: name,
          label: (
            <>
              <ArmMark marker={markers[name] ?? "square"} />
              <span>
                {name}
                <span className="topbar-arm-word"> arm</span>
              </span>
            </>
          ),
        }))}
      />
    </div>
  );
}

const LEVELS: readonly { id: Level; label: string }[] = [
  { id: "token", label: "token" },
  { id: "sequence", label: "sequence" },
];

/** The live switch between one ratio per token and one per row, for the arm that is shown. */
export function LevelSwitch() {
  const run = useRun((state) => state.run);
  const still = useRun((state) => state.loaded === null || state.status === "loading");
  const chosen = useView((view) => view.arm);
  const arm = run === null ? undefined : chosenArm(run, chosen);
  if (run === null || arm === undefined) return null;
  const level = armConfig(run, arm).importance_sampling_level;
  const levels = level === "sequence_token" ? [...LEVELS, SEQUENCE_TOKEN] : LEVELS;
  return (
    <div className="topbar-labelled">
      <span className="topbar-lead" aria-hidden="true">
        ratio per
      </span>
      <Segmented
        label={`Importance sampling level of the ${arm.name} arm`}
        segments={levels.map((each) => ({ ...each, disabled: still }))}
        selected={level}
        onSelect={(to) => switchLevel(arm.name, to)}
      />
    </div>
  );
}

const SEQUENCE_TOKEN = { id: "sequence_token", label: "sequence, token" } as const;
