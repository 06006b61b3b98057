import { lazy } from "react";

// Most policies are dense: these are fetched with the first record that has routes.
const fetched = () => import("./experts.ts");

export const ExpertsFigure = lazy(async () => ({ default: (await fetched()).ExpertsFigure }));
export const ExpertsPanel = lazy(async () => ({ default: (await fetched()).ExpertsPanel }));
export const FlipMarks = lazy(async () => ({ default: (await fetched()).FlipMarks }));
export const RouterPart = lazy(async () => ({ default: (await fetched()).RouterPart }));
export const RouteSplit = lazy(async () => ({ default: (await fetched()).RouteSplit }));
export const TipRoutes = lazy(async () => ({ default: (await fetched()).TipRoutes }));
