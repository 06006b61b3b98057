import { type ComponentProps, lazy, Suspense } from "react";
import type { RowOverview } from "./RowOverview.tsx";

// Most rows are seen whole.
const LazyOverview = lazy(async () => ({
  default: (await import("./RowOverview.tsx")).RowOverview,
}));

/** The overview of rows that are longer than what is seen of them; of others nothing. */
export function Overview(props: ComponentProps<typeof RowOverview>) {
  const { view, layout } = props;
  // A figure that is not shown has no width, and nothing of it can be out of view.
  return layout.view <= 0 || view.columns * layout.cell <= layout.view + 1 ? null : (
    <Suspense fallback={null}>
      <LazyOverview {...props} />
    </Suspense>
  );
}
