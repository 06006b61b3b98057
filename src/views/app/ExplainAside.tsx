import { lazy, Suspense } from "react";
import { firstFigure } from "../../store/browser/first-figure.ts";
import { ErrorBoundary } from "../shell/ErrorBoundary.tsx";

const Explain = lazy(async () => {
  await firstFigure;
  return { default: (await import("./Explain.tsx")).Explain };
});

/** What explains the figures, beside or under them. */
export const ExplainAside = () => (
  <aside className="explain" aria-label="Explanation">
    <ErrorBoundary what="The explanation">
      <Suspense fallback={null}>
        <Explain />
      </Suspense>
    </ErrorBoundary>
  </aside>
);
