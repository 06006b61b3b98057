import { lazy, Suspense } from "react";
import { useExchange } from "../../store/library/exchange.ts";
import { ErrorBoundary } from "../shell/ErrorBoundary.tsx";
import { FilesNotice } from "./FilesNotice.tsx";
import "./exchange.css";

// Python's grammar and YAML come when they are asked for.
const ImportPanel = lazy(async () => ({
  default: (await import("./ImportPanel.tsx")).ImportPanel,
}));
const ExportPanel = lazy(async () => ({
  default: (await import("./ExportPanel.tsx")).ExportPanel,
}));
const ComparePanel = lazy(async () => ({
  default: (await import("./ComparePanel.tsx")).ComparePanel,
}));

const WHAT = { import: "The import", export: "The export", compare: "The comparison" } as const;

/** In from Python, YAML or JSON, or out to it; in place, above the figures. */
export function Exchange() {
  const open = useExchange((exchange) => exchange.open);
  if (open === null) return <FilesNotice />;
  return (
    <ErrorBoundary what={WHAT[open]}>
      <FilesNotice />
      <Suspense fallback={<div className="card exchange" aria-busy="true" />}>
        {open === "import" ? (
          <ImportPanel />
        ) : open === "export" ? (
          <ExportPanel />
        ) : (
          <ComparePanel />
        )}
      </Suspense>
    </ErrorBoundary>
  );
}
