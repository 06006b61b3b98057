import { FailureNotice } from "../states/FailureNotice.tsx";
import { LevelSwitched } from "../states/LevelSwitched.tsx";
import { LinkProblems } from "../states/LinkProblems.tsx";
import { OpenedRun } from "../states/OpenedRun.tsx";
import { RunNotices } from "../states/RunNotices.tsx";

/** What needs the reader, in place above the figures: mostly nothing. */
export const Notices = () => (
  <>
    <LinkProblems />
    <OpenedRun />
    <RunNotices />
    <FailureNotice />
    <LevelSwitched />
  </>
);
