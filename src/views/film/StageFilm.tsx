import { lazy, Suspense } from "react";
import { firstFigure } from "../../store/browser/first-figure.ts";
import { useView } from "../../store/view/view.ts";
import { ErrorBoundary } from "../shell/ErrorBoundary.tsx";

const Film = lazy(async () => {
  await firstFigure;
  return { default: (await import("./Film.tsx")).Film };
});

/** The film's place under the figures; a projector has none. */
export function StageFilm() {
  const presenting = useView((view) => view.present);
  return presenting ? null : (
    <ErrorBoundary what="The film">
      <Suspense fallback={<div className="stage-film" aria-busy="true" />}>
        <Film />
      </Suspense>
    </ErrorBoundary>
  );
}
