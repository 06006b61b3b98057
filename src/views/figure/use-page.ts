import { type RefObject, useLayoutEffect, useState, useSyncExternalStore } from "react";
import { type DivergingScale, divergingScale } from "../colour.ts";

/** What a figure has to know about the page around it. */
export interface PageMeasure {
  width: number;
  rowHeight: number;
  factor: number;
}

/** Follows the width of `element` and the page's type size and row height. */
export function usePageMeasure(element: RefObject<HTMLElement | null>, width: number): PageMeasure {
  const [measure, setMeasure] = useState<PageMeasure>({ width, rowHeight: 28, factor: 1 });
  const theme = useTheme();
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const update = () => {
      const style = getComputedStyle(target);
      const next = {
        width: target.clientWidth,
        rowHeight: parseFloat(style.getPropertyValue("--row-height")) || 28,
        factor: parseFloat(style.getPropertyValue("--type-factor")) || 1,
      };
      setMeasure((now) =>
        now.width === next.width && now.rowHeight === next.rowHeight && now.factor === next.factor
          ? now
          : next,
      );
    };
    update();
    const observer = new ResizeObserver(update);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element, theme]);
  return measure;
}

/** The diverging scale of the theme in force. */
export function useDivergingScale(): DivergingScale {
  const theme = useTheme();
  const known = scales.get(theme);
  if (known) return known;
  const scale = divergingScale(readStops());
  scales.set(theme, scale);
  return scale;
}

const scales = new Map<string, DivergingScale>();

const STOPS = ["n4", "n3", "n2", "n1", "0", "p1", "p2", "p3", "p4"];

function readStops(): string[] {
  const style = getComputedStyle(document.documentElement);
  return STOPS.map((stop) => style.getPropertyValue(`--div-${stop}`).trim());
}

/** The root's theme and mode, as one string that changes when either does. */
const useTheme = (): string => useSyncExternalStore(subscribe, readTheme, () => "");

const readTheme = (): string => {
  const { theme = "", mode = "" } = document.documentElement.dataset;
  return `${theme} ${mode}`;
};

function subscribe(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme", "data-mode"] });
  return () => observer.disconnect();
}
