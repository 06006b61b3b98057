import { lazy, memo, type ReactNode, Suspense, useDeferredValue, useEffect, useRef } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { firstUse } from "../../store/page/first-use.ts";
import { useRuns } from "../../store/library/runs.ts";
import { useScreen } from "../../store/screen/screen.ts";
import {
  closeExplanation,
  selectTab,
  setPinned,
  useView,
  type Tab as TabId,
} from "../../store/view/view.ts";
import { Button } from "../controls/Button.tsx";
import { useBatch } from "../../store/screen/what-if.ts";
import { useRecordInTurn } from "../figure/use-in-turn.ts";
import { Guide } from "../guide/Guide.tsx";
import { WhenNear } from "../shell/WhenNear.tsx";

// What is below everything else, or behind another tab, is fetched when it is first drawn.
const MemoEquation = lazy(async () => ({
  default: memo((await import("../equation/Equation.tsx")).Equation),
}));
// A press on a cell opens the equation: it is there before, but for a page that nobody uses.
// Where it cannot be fetched yet, the press tries again.
void firstUse
  .then(async () => {
    await import("../equation/Equation.tsx");
    (await import("../equation/Tex.tsx")).fetchTypeSetter();
  })
  .catch(() => undefined);
const Completions = lazy(async () => ({
  default: (await import("../completions/Completions.tsx")).Completions,
}));
const Words = lazy(async () => ({ default: (await import("../guide/Words.tsx")).Words }));
const Verify = lazy(async () => ({ default: (await import("../verify/Verify.tsx")).Verify }));

const Lessons = lazy(async () => ({
  default: (await import("../lessons/Lessons.tsx")).Lessons,
}));
const Runs = lazy(async () => ({ default: (await import("../runs/Runs.tsx")).Runs }));

const Experiments = lazy(async () => ({
  default: (await import("../experiments/Experiments.tsx")).Experiments,
}));

const TABS: readonly { id: TabId; text: string }[] = [
  { id: "lessons", text: "Lessons" },
  { id: "equation", text: "Equation" },
  { id: "completions", text: "Completions" },
  { id: "runs", text: "Runs" },
  { id: "experiments", text: "Experiments" },
  { id: "guide", text: "Guide" },
];

/** The tabs of a learner. */
const LEARNING: ReadonlySet<TabId> = new Set(["lessons", "equation", "experiments", "guide"]);

/** The right column: the numbers of the pinned cell, the completions, the guide. */
export function Explain() {
  const tab = useView((view) => view.tab);
  const learning = useView((view) => view.density === "learn");
  const inLesson = useView((view) => view.lesson !== null);
  // At work the lessons are a press on Learn away, and six tabs are more than a line.
  const shown = TABS.filter(({ id }) =>
    learning ? LEARNING.has(id) : id !== "lessons" || inLesson || tab === "lessons",
  );
  const stored = useRuns((state) => state.runs.length);
  const head = useRef<HTMLDivElement>(null);
  // All tabs share what scrolls: each is opened at its beginning.
  useEffect(() => {
    const scroller = head.current?.closest(".explain");
    if (scroller != null) scroller.scrollTop = 0;
  }, [tab]);
  return (
    <Tabs
      selectedKey={tab}
      onSelectionChange={(key) => {
        const chosen = TABS.find(({ id }) => id === key);
        if (chosen !== undefined) selectTab(chosen.id);
      }}
    >
      <div className="explain-head" ref={head}>
        <TabList className="explain-tabs" aria-label="Explanation">
          {shown.map(({ id, text }) => (
            <Tab key={id} id={id} className="explain-tab">
              {text}
              {id === "runs" && stored > 0 ? <small className="num"> {stored}</small> : null}
            </Tab>
          ))}
        </TabList>
        {learning && (
          <Button
            shape="icon explain-close"
            label="Close the explanation"
            onPress={closeExplanation}
          >
            ×
          </Button>
        )}
      </div>
      <TabPanel id="lessons" className="explain-panel">
        <Fetched>
          <Lessons />
        </Fetched>
      </TabPanel>
      <TabPanel id="equation" className="explain-panel">
        <Fetched>
          <EquationTab />
        </Fetched>
      </TabPanel>
      <TabPanel id="completions" className="explain-panel">
        <Fetched>
          <CompletionsTab />
        </Fetched>
      </TabPanel>
      <TabPanel id="runs" className="explain-panel">
        <Fetched>
          <Runs />
        </Fetched>
      </TabPanel>
      <TabPanel id="experiments" className="explain-panel">
        <Fetched>
          <Experiments />
        </Fetched>
      </TabPanel>
      <TabPanel id="guide" className="explain-panel">
        <Guide />
        <WhenNear className="explain-empty">
          <Fetched>
            <Words />
            <Verify />
          </Fetched>
        </WhenNear>
      </TabPanel>
    </Tabs>
  );
}

const Fetched = ({ children }: { children: ReactNode }) => (
  <Suspense fallback={<Waiting />}>{children}</Suspense>
);

const Waiting = () => <p className="explain-empty" aria-busy="true" />;

function EquationTab() {
  const batch = useBatch();
  // The press that opens the tab marks the cell in the figures; the numbers follow in slices.
  const open = useDeferredValue(true, false);
  const pinned = useDeferredValue(useView((view) => view.pinned));
  const group = useView((view) => view.group);
  if (batch === null) return <Nothing what="The equation of a token" lacks="no tokens" />;
  if (!open) return <Waiting />;
  const { record, vocabulary, sandbox } = batch;
  return (
    <>
      {sandbox === null ? null : (
        <p className="explain-edited">
          {sandbox.changed
            ? "Edited, not measured"
            : sandbox.example
              ? "Worked example"
              : "What if"}
        </p>
      )}
      <MemoEquation
        record={record}
        vocabulary={vocabulary}
        measured={sandbox === null || !(sandbox.changed || sandbox.example)}
        learns={sandbox === null || !sandbox.example}
        group={sandbox?.example ? "all" : group}
        pinned={pinned}
        onPin={setPinned}
      />
    </>
  );
}

function CompletionsTab() {
  const { texts: shown } = useScreen();
  const record = useRecordInTurn(shown, 4);
  if (shown === null) return <Nothing what="The completions of a step" lacks="none" />;
  if (record === null) return <Waiting />;
  return <Completions record={record} title="Completions of this prompt" />;
}

function Nothing({ what, lacks }: { what: string; lacks: string }) {
  const { stored } = useScreen();
  return (
    <p className="explain-empty">
      {what}{" "}
      {stored
        ? `cannot stand here: this run has ${lacks}.`
        : "will stand here when there is a step to look at."}
    </p>
  );
}
