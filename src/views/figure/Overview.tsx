import { type ComponentProps, lazy, Suspense } from "react";
import type { RowOverview } from "./RowOverview.tsx";

// Most rows are seen whole.
const LazyOverview = lazy(async () => ({
  default: (await import("./RowOverview.tsx")).RowOverview,
}));

/** The overview of rows that are longer than what is seen of them; of others nothing. */
export function Overview(props: ComponentProps<typeof RowOverview>) {
  const { view, layout } = props;
  return view.columns * layout.cell <= layout.view + 1 ? null : (
    <Suspense fallback={null}>
      <LazyOverview {...props} />
    </Suspense>
  );
}
