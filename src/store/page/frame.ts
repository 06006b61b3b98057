import { EMBED, type Embed } from "./embed.ts";

/** A frame's height goes to the page around it as such a message, whenever it changes. */
export interface HeightMessage {
  type: "ratioscope.height";
  /** CSS pixels. */
  height: number;
  part: Embed;
}

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
