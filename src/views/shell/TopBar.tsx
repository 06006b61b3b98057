import { lazy, Suspense } from "react";
import { toggleExchange, useExchange } from "../../store/library/exchange.ts";
import { firstFigure } from "../../store/browser/first-figure.ts";
import { present } from "../../store/page/present.ts";
import { progressText } from "../../store/run/readiness.ts";
import type { RunState } from "../../store/run/run.ts";
import { useRun } from "../../store/run/run-store.ts";
import {
  chooseDensity,
  chooseTheme,
  type Density,
  setConfigOpen,
  useView,
} from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { Segmented } from "../controls/Segmented.tsx";
import { Brand, MoonIcon, SunIcon } from "./icons.tsx";
import { ShareButton } from "./ShareButton.tsx";
import { useThemeInForce } from "./theme.ts";
import "./topbar.css";

// A learner has none of them; nor does the first figure wait for their script.
const RunControls = lazy(async () => {
  await firstFigure;
  return { default: (await import("./RunControls.tsx")).RunControls };
});

const DENSITIES: readonly { id: Density; label: string }[] = [
  { id: "learn", label: "Learn" },
  { id: "work", label: "Work" },
];

/** What runs, which arm is looked at, and how it looks. */
export function TopBar() {
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
      {density === "work" && (
        <Suspense fallback={<div className="topbar-switches" aria-busy="true" />}>
          <RunControls />
        </Suspense>
      )}
      <div className="topbar-space" />
      <State />
      {density === "work" && (
        <>
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
        </>
      )}
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
