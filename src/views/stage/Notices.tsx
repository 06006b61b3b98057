import { lazy, Suspense } from "react";
import { useView } from "../../store/view/view.ts";
import { FailureNotice } from "../states/FailureNotice.tsx";
import { LinkedMoment } from "../states/LinkedMoment.tsx";
import { LinkProblems } from "../states/LinkProblems.tsx";
import { PutAway } from "../states/PutAway.tsx";
import { ViewedRun } from "../states/ViewedRun.tsx";
import { RecordedOther } from "../states/RecordedOther.tsx";
import { NewVersion } from "../states/NewVersion.tsx";
import { RunNotices } from "../states/RunNotices.tsx";

/** What needs the reader, in place above the figures: mostly nothing. */
export const Notices = () => (
  <>
    <NewVersion />
    <LinkProblems />
    <LinkedMoment />
    <PutAway />
    <ViewedRun />
    <RecordedOther />
    <RunNotices />
    <FailureNotice />
    <Switched />
  </>
);

// Nothing to ask before a level was flipped.
const LevelSwitched = lazy(async () => ({
  default: (await import("../states/LevelSwitched.tsx")).LevelSwitched,
}));

function Switched() {
  const switched = useView((view) => view.switched !== null);
  return switched ? (
    <Suspense fallback={null}>
      <LevelSwitched />
    </Suspense>
  ) : null;
}
