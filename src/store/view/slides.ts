import { create } from "zustand";
import { useView } from "./view.ts";

/** What a lecturer shows, one after another: each lights one part and says one sentence. */
export const SLIDES = ["batch", "identical", "figure-3", "figure-4", "row"] as const;
export type Slide = (typeof SLIDES)[number];

/** The slide on the page while presenting; null: none. */
export const useSlide = create<{ slide: Slide | null }>(() => ({ slide: null }));

/** To the next or the slide before; beyond either end there is none. */
export function walkSlides(by: 1 | -1): void {
  const { slide } = useSlide.getState();
  const from = slide === null ? (by > 0 ? -1 : SLIDES.length) : SLIDES.indexOf(slide);
  useSlide.setState({ slide: SLIDES[from + by] ?? null });
}

// Slides are the presenter's: they end with presenting.
useView.subscribe(({ present }, before) => {
  if (before.present && !present) useSlide.setState({ slide: null });
});
