import { armConfig, type Level, type RunConfig } from "../../config/types.ts";

/** What an arm is told apart by wherever it stands: each has a shape, a colour and dashes of its own. */
export const ARM_MARKERS = [
  "square",
  "diamond",
  "triangle",
  "down",
  "right",
  "hourglass",
  "left",
  "bowtie",
] as const;
export type ArmMarker = (typeof ARM_MARKERS)[number];

/**
 * The marker of each arm, fixed when the run is loaded so that flipping a level does not repaint
 * the charts: token level is the square, the others the diamond; of two arms of one kind the
 * second takes the other marker. Those after them take the others in turn; a ninth begins anew.
 */
export function armMarkers(loaded: RunConfig | null): Readonly<Record<string, ArmMarker>> {
  if (loaded === null) return {};
  const markers: Record<string, ArmMarker> = {};
  for (const [index, arm] of loaded.arms.entries()) {
    if (index > 1) {
      markers[arm.name] = ARM_MARKERS[index % ARM_MARKERS.length]!;
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
