import { create } from "zustand";
import type { Slide } from "../../analysis/slides.ts";

interface Shown {
  /** The slide on the page while presenting; null: none. */
  slide: Slide | null;
  /** The row that it is about; null: all in view. */
  row: number | null;
}

export const useSlide = create<Shown>(() => ({ slide: null, row: null }));
