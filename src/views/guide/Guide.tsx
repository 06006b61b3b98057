import type { ReactNode } from "react";
import { armConfig, otherLevel } from "../../config/types.ts";
import { pause, step, switchLevel } from "../../store/run/actions.ts";
import { begin } from "../../store/run/begin.ts";
import { chosenArm } from "../../store/run/arms.ts";
import { canTrain } from "../../store/run/readiness.ts";
import { useRun } from "../../store/run/run-store.ts";
import { useScreen } from "../../store/screen/screen.ts";
import { selectGroup, selectStage, setPinned, unfold, useView } from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { openExample } from "../../store/screen/what-if.ts";
import { driftingToken } from "../../analysis/drifting-token.ts";
import "./guide.css";

/** Six things to do, each with its button: the page explains itself while it trains. */
export function Guide() {
  const refusal = useRun(canTrain);
  const playing = useRun((run) => run.status === "playing");
  const building = useRun((run) => run.status === "loading");
  const run = useRun((state) => state.run);
  const chosen = useView((view) => view.arm);
  const { record } = useScreen();
  const arm = run === null ? undefined : chosenArm(run, chosen);
  const level = run && arm ? armConfig(run, arm).importance_sampling_level : "token";
  const other = otherLevel(level);
  const noRecord = record === null ? "There is no step to look at yet." : null;
  const drifting = record === null ? null : driftingToken(record);

  return (
    <ol className="guide">
      <Part title="One batch, two pictures">
        <p>
          Rows are completions of one prompt, columns their tokens. At the ratio, blue tokens became
          more likely and orange ones less; from × advantage on, blue ones are pushed up and orange
          ones down. GRPO takes one ratio per token; GSPO takes one per row, the geometric mean of
          the row’s ratios.
        </p>
        <Button onPress={() => selectStage(2)} disabledBecause={noRecord}>
          Show the ratios
        </Button>
      </Part>
      <Part title="Train">
        <p>
          Two arms train from the same weights on the same prompts. Each rollout serves several
          steps: at <var>k</var> = 0 every ratio is 1 and the figures are identical. After that the
          policy has moved, and they part.
        </p>
        <Button
          kind="primary"
          onPress={playing ? pause : begin}
          disabledBecause={building ? null : refusal}
        >
          {playing ? "Pause" : "Play"}
        </Button>
        <Button onPress={() => step(1)} disabledBecause={refusal}>
          One optimizer step
        </Button>
      </Part>
      <Part title="Look at one token">
        <p>
          Point at a cell to see its numbers, press it to keep them. The equation then holds every
          term, at both levels, and says which branch of the minimum won.
        </p>
        <Button
          onPress={() => {
            if (record === null || drifting === null) return;
            selectGroup(record.group[drifting.row] ?? 0);
            setPinned(drifting);
          }}
          disabledBecause={noRecord}
        >
          Pin the token that moved most
        </Button>
      </Part>
      <Part title="Compare the two distributions">
        <p>
          Token ratios spread; a row’s ratio is their mean in the logarithm, so it stays nearer to
          1: for real models GRPO’s usual ε is 0.2 and the GSPO paper’s 3e−4. A toy with a large
          learning rate moves more: the hatched bars show how much of it is clipped.
        </p>
        <Button onPress={showDistributions} disabledBecause={noRecord}>
          Go to the distributions
        </Button>
      </Part>
      <Part title="Try it by hand">
        <p>
          Four completions show the whole difference: one hot token, a low ratio that no clip
          touches, a drift in step, two moves that cancel. Drag a cell and see who clips what.
        </p>
        <Button onPress={openExample}>Open the worked example</Button>
      </Part>
      <Part title="Flip the switch while it trains">
        <p>
          The level changes at the next optimizer step, with no restart; every chart marks the step.
          ε stays as it is until you decide.
        </p>
        <Button
          onPress={() => {
            if (arm !== undefined) switchLevel(arm.name, other);
          }}
          disabledBecause={refusal}
        >
          Set the {arm?.name ?? "first"} arm to {other} level
        </Button>
      </Part>
    </ol>
  );
}

/** A learner has not unfolded them yet. */
function showDistributions(): void {
  unfold("distributions");
  requestAnimationFrame(() =>
    document.getElementById("distributions")?.scrollIntoView({ block: "center" }),
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <li>
      <h3>{title}</h3>
      {children}
    </li>
  );
}
