import { armConfig, type Level } from "../../config/types.ts";
import { chosenArm } from "../../store/run/arms.ts";
import { presets } from "../../config/presets.ts";
import { runFrom } from "../../config/run-from.ts";
import { load, switchLevel } from "../../store/run/actions.ts";
import { forgetEdits } from "../../store/config/edits.ts";
import { toggleExchange, useExchange } from "../../store/library/exchange.ts";
import { present } from "../../store/page/present.ts";
import { progressText } from "../../store/run/readiness.ts";
import type { RunState } from "../../store/run/run.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useMarkers } from "../../store/screen/shown.ts";
import {
  chooseDensity,
  chooseTheme,
  type Density,
  selectArm,
  setConfigOpen,
  useView,
} from "../../store/view/view.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { Button } from "../controls/Button.tsx";
import { Picker } from "../controls/Picker.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { Brand, MoonIcon, SunIcon } from "./icons.tsx";
import { Seed } from "./Seed.tsx";
import { ShareButton } from "./ShareButton.tsx";
import { useThemeInForce } from "./theme.ts";
import "./topbar.css";

const PRESETS = presets.map(({ id, title, sentence }) => ({ id, text: title, help: sentence }));

const DENSITIES: readonly { id: Density; label: string }[] = [
  { id: "learn", label: "Learn" },
  { id: "work", label: "Work" },
];

/** What runs, which arm is looked at, and how it looks. */
export function TopBar() {
  const run = useRun((state) => state.run);
  const configOpen = useView((view) => view.configOpen);
  const exchange = useExchange((state) => state.open);
  const theme = useThemeInForce();
  const other = theme === "dark" ? "light" : "dark";
  const density = useView((view) => view.density);
  return (
    <header className="topbar">
      <h1>
        <Brand /> <span>Ratioscope</span>
      </h1>
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
      <div className="topbar-space" />
      <State />
      <div className="topbar-config">
        <Button onPress={() => setConfigOpen(!configOpen)} expanded={configOpen}>
          Config
        </Button>
      </div>
      <div className="topbar-exchange">
        <Button
          kind="ghost"
          onPress={() => toggleExchange("import")}
          expanded={exchange === "import"}
        >
          Import
        </Button>
        <Button
          kind="ghost"
          onPress={() => toggleExchange("export")}
          expanded={exchange === "export"}
        >
          Export
        </Button>
      </div>
      <div className="topbar-share">
        <ShareButton />
      </div>
      <div className="topbar-present">
        <Button kind="ghost" onPress={present}>
          Present
        </Button>
      </div>
      <Segmented
        label="How much of the page is open"
        segments={DENSITIES}
        selected={density}
        onSelect={chooseDensity}
      />
      <Button shape="icon" label={`Use the ${other} theme`} onPress={() => chooseTheme(other)}>
        {theme === "dark" ? <SunIcon /> : <MoonIcon />}
      </Button>
    </header>
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
      <span className="topbar-lead topbar-show" aria-hidden="true">
        Show
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
        trains with
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

/** What training is doing, in a word or two. */
export function State() {
  const text = useRun(stateText);
  const tone = useRun(({ status }) =>
    status === "failed" ? "dot error" : status === "playing" ? "dot ok" : "dot",
  );
  return (
    <p className="topbar-state" role="status">
      <i className={tone} aria-hidden="true" />
      {text}
    </p>
  );
}

function stateText({ status, progress }: RunState): string {
  switch (status) {
    case "empty":
      return "Starting";
    case "loading":
      return progress === null ? "Building the run" : progressText(progress);
    case "ready":
      return "Ready";
    case "playing":
      return "Training";
    case "paused":
      return "Paused";
    case "finished":
      return "Finished";
    case "failed":
      return "Stopped";
    default:
      return status satisfies never;
  }
}
