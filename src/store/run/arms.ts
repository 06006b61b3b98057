import { armConfig, type Level, type RunConfig } from "../../config/types.ts";

/** Square and solid, diamond and dashed; triangle and dotted for every arm beyond two. */
export type ArmMarker = "square" | "diamond" | "triangle";

/**
 * The marker of each arm, fixed when the run is loaded so that flipping a level does not repaint
 * the charts: token level is the square, the others the diamond; of two arms of one kind the
 * second takes the other marker.
 */
export function armMarkers(loaded: RunConfig | null): Readonly<Record<string, ArmMarker>> {
  if (loaded === null) return {};
  const markers: Record<string, ArmMarker> = {};
  for (const [index, arm] of loaded.arms.entries()) {
    if (index > 1) {
      markers[arm.name] = "triangle";
      continue;
    }
    const own = markerOf(armConfig(loaded, arm).importance_sampling_level);
    const before = loaded.arms[index - 1];
    const taken = before !== undefined && markers[before.name] === own;
    markers[arm.name] = taken ? other(own) : own;
  }
  return markers;
}

const markerOf = (level: Level): ArmMarker => (level === "token" ? "square" : "diamond");
const other = (marker: ArmMarker): ArmMarker => (marker === "square" ? "diamond" : "square");

/** The algorithm's name for a level. */
export const algorithm = (level: Level): string => (level === "token" ? "GRPO" : "GSPO");

/** The chosen arm of a run, or its first. */
export const chosenArm = (run: RunConfig, name: string | null) =>
  run.arms.find((arm) => arm.name === name) ?? run.arms[0];
