import { useSlide } from "../../store/view/slides.ts";
import type { FigureNumber } from "./cells.ts";
import { type FigureLayout, rowTop } from "./layout.ts";

interface SlideVeilProps {
  figure: FigureNumber;
  rows: readonly number[];
  layout: FigureLayout;
}

/** Over the rows of a figure that the presenter's slide is not about. */
export function SlideVeil({ figure, rows, layout }: SlideVeilProps) {
  const slide = useSlide((state) => state.slide);
  const row = useSlide((state) => state.row);
  if (slide === null) return null;
  const { lit } = slide;
  const here = lit === "figures" || lit === "row" || lit === `figure-${figure}`;
  return rows.map((each, line) =>
    here && (row === null || each === row) ? null : (
      <i
        key={each}
        className="twin-veil"
        style={{ top: rowTop(layout, line), height: layout.row }}
      />
    ),
  );
}
