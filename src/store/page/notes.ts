import { create } from "zustand";
import { useView } from "../view/view.ts";

/** The window of the speaker's notes. */
export const useNotes = create<{
  window: Window | null;
  /** The browser opened none. */
  blocked: boolean;
}>(() => ({ window: null, blocked: false }));

/**
 * Opens the notes in a window of their own, for the lecturer's screen. It has no address: the page
 * draws into it, so that both always tell of the same slide.
 */
export function openNotes(): void {
  const { window: open } = useNotes.getState();
  if (open !== null) return open.focus();
  const opened = window.open("", "ratioscope-notes", "popup,width=760,height=620");
  if (opened === null) return useNotes.setState({ blocked: true });
  // One that a page before this one left open is taken over.
  opened.document.head.replaceChildren();
  opened.document.body.replaceChildren();
  opened.addEventListener("pagehide", () => {
    if (useNotes.getState().window === opened) useNotes.setState({ window: null });
  });
  useNotes.setState({ window: opened, blocked: false });
}

export function closeNotes(): void {
  const { window: open } = useNotes.getState();
  useNotes.setState({ window: null, blocked: false });
  open?.close();
}

/** Notes end with presenting, and with the page that draws them. */
export function followPresenting(): void {
  useView.subscribe(({ present }, before) => {
    if (before.present && !present) closeNotes();
  });
  addEventListener("pagehide", closeNotes);
}
