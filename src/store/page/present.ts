import { useEmbed } from "./embed.ts";
import { linkOf } from "./link.ts";
import { useView } from "../view/view.ts";

/** The address before presenting, to go back to. */
let before: string | null = null;

/**
 * Shows the figures alone, large. The address opens the same; full screen where the browser lets
 * the press of a key or a button have it.
 */
export function present(): void {
  // A frame has a part of the page only.
  if (useView.getState().present || useEmbed.getState().part !== null) return;
  useView.setState({ present: true });
  before = location.href;
  const link = linkOf();
  if (link !== null) history.replaceState(null, "", link);
  fullScreen();
}

/** Refused without a press, in frames and on some phones: the page then presents in its window. */
export function fullScreen(): void {
  document.documentElement.requestFullscreen?.().catch(() => undefined);
}

/** Back to the whole page. */
export function leavePresenting(): void {
  if (!useView.getState().present) return;
  useView.setState({ present: false });
  const address = before ?? linkOf();
  if (address !== null) history.replaceState(null, "", address);
  before = null;
  if (document.fullscreenElement !== null) void document.exitFullscreen();
}
