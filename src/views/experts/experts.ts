// All of it is one script, which a page without a mixture never fetches.
export { ExpertsFigure } from "./ExpertsFigure.tsx";
export { ExpertsPanel } from "./ExpertsPanel.tsx";
export { FlipMarks } from "./FlipMarks.tsx";
export { RouterPart } from "./RouterPart.tsx";
export { RouteSplit } from "./RouteSplit.tsx";
export { TipRoutes } from "./TipRoutes.tsx";
import "./experts.css";
