import { create } from "zustand";
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

/** A frame's height goes to the page around it as such a message, whenever it changes. */
export interface HeightMessage {
  type: "ratioscope.height";
  /** CSS pixels. */
  height: number;
  part: Embed;
}

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
  const touch = (): void => {
    for (const sign of SIGNS) removeEventListener(sign, touch, true);
    useEmbed.setState({ touched: true });
    wake();
  };
  for (const sign of SIGNS) addEventListener(sign, touch, true);
}

const SIGNS = ["pointerdown", "keydown"] as const;

/** Tells the page around the frame how high `element` is. */
export function tellHeight(element: Element, part: Embed): () => void {
  const tell = (): void => {
    const height = Math.ceil(element.getBoundingClientRect().height);
    const message: HeightMessage = { type: "ratioscope.height", height, part };
    // Whoever frames the page may know how high it is.
    window.parent.postMessage(message, "*");
  };
  const observer = new ResizeObserver(tell);
  observer.observe(element);
  return () => observer.disconnect();
}

const TITLES: Readonly<Record<Embed, string>> = {
  figure: "Ratioscope: the ratios of GRPO and GSPO on one batch",
  charts: "Ratioscope: what training does to the metrics",
  lesson: "Ratioscope: a lesson on the ratios of GRPO and GSPO",
};

/** How high a frame is before its first message. */
const HEIGHTS: Readonly<Record<Embed, number>> = { figure: 620, charts: 320, lesson: 760 };

/** HTML that shows a part of what `link` opens in another page, and keeps the frame as high as it is. */
export function embedSnippet(link: string, part: Embed): string {
  const address = new URL(link);
  address.searchParams.set(EMBED, part);
  const src = address.href.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${src}" title="${TITLES[part]}" width="100%" height="${HEIGHTS[part]}" style="border: 0" loading="lazy" allow="fullscreen; clipboard-write"></iframe>
<script>
  addEventListener("message", ({ data, source }) => {
    if (data?.type !== "ratioscope.height") return;
    for (const frame of document.querySelectorAll("iframe"))
      if (frame.contentWindow === source) frame.height = data.height;
  });
</script>
`;
}
