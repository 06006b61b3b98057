import { create } from "zustand";
import { firstFigure } from "../browser/first-figure.ts";
import { browserPreference, setBrowserPreference } from "../browser/browser-preference.ts";
import { useView } from "../view/view.ts";

/** What a reader may not find by themselves: to point at a cell, and to flip the level. */
export type Invitation = "hover" | "flip";

/** When each is made after the first figure, and when it leaves again, in milliseconds. */
const TIMES: readonly { invitation: Invitation; from: number; to: number }[] = [
  { invitation: "hover", from: 15_000, to: 20_000 },
  { invitation: "flip", from: 20_000, to: 30_000 },
];

const KEPT = "ratioscope.tried";

interface Invitations {
  /** The one that stands on the page; null: none. */
  open: Invitation | null;
  /** What the reader has done, now or on an earlier visit: nobody invites them to it again. */
  done: ReadonlySet<Invitation>;
}

export const useInvitations = create<Invitations>(() => ({ open: null, done: new Set() }));

/** Makes the invitations at their times, those that are not superfluous by then. */
export function invite(): void {
  useInvitations.setState({ open: null, done: kept() });
  void firstFigure.then(() => {
    for (const { invitation, from, to } of TIMES) {
      setTimeout(() => open(invitation), from);
      setTimeout(() => close(invitation), to);
    }
  });
  useView.subscribe(({ hover, pinned, switched }) => {
    if (hover !== null || pinned !== null) did("hover");
    if (switched !== null) did("flip");
  });
}

function open(invitation: Invitation): void {
  if (!useInvitations.getState().done.has(invitation)) {
    useInvitations.setState({ open: invitation });
  }
}

function close(invitation: Invitation): void {
  if (useInvitations.getState().open === invitation) useInvitations.setState({ open: null });
}

function did(invitation: Invitation): void {
  const { done } = useInvitations.getState();
  if (done.has(invitation)) return;
  const now = new Set([...done, invitation]);
  useInvitations.setState({ done: now });
  close(invitation);
  setBrowserPreference(KEPT, JSON.stringify([...now]));
}

function kept(): ReadonlySet<Invitation> {
  const text = browserPreference(KEPT) ?? "";
  return new Set(TIMES.map(({ invitation }) => invitation).filter((each) => text.includes(each)));
}
