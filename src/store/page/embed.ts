import { create } from "zustand";
import { selectTab, unfold } from "../view/view.ts";
import { keepNothing } from "../browser/browser-preference.ts";

/** What a frame on another page may show of this one. */
export const EMBEDS = ["figure", "charts", "lesson"] as const;
export type Embed = (typeof EMBEDS)[number];

/** The key in the query. */
export const EMBED = "embed";

export const useEmbed = create<{
  /** The part that is shown; null: the page is nobody's frame. */
  part: Embed | null;
  /** Somebody pressed something: the GPU may be asked for. */
  touched: boolean;
}>(() => ({ part: null, touched: false }));

let wake: () => void = () => undefined;

/** Resolves at the first press or key in the frame. */
export const firstTouch = new Promise<void>((done) => {
  wake = done;
});

/**
 * Reads which part a frame asks for, before anything is stored or connected. A frame keeps nothing in
 * the browser, and asks for no GPU before somebody touches it.
 */
export function readEmbed(search: string): void {
  const asked = new URLSearchParams(search).get(EMBED);
  const part = EMBEDS.find((each) => each === asked) ?? null;
  if (part === null) return;
  keepNothing();
  useEmbed.setState({ part });
  // Folded away where a reader begins to learn.
  if (part === "charts") unfold("charts", true);
  // All of them, where the link names none.
  if (part === "lesson") selectTab("lessons");
  const touch = (): void => {
    for (const sign of SIGNS) removeEventListener(sign, touch, true);
    useEmbed.setState({ touched: true });
    wake();
  };
  for (const sign of SIGNS) addEventListener(sign, touch, true);
}

const SIGNS = ["pointerdown", "keydown"] as const;
