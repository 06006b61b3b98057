import type { LayerChoice, RoutedRecord } from "../../analysis/flips.ts";
import { hasRoutes } from "../../analysis/flips.ts";
import { expertLoad } from "../../analysis/routes.ts";
import type { RetainedStep } from "../../record/retained-records.ts";

/** The load of every expert in one step; it sums to 1. */
export interface LoadPoint {
  step: number;
  load: Float64Array;
}

// Records never change, and every new step asks for all of them again.
const known = new WeakMap<RoutedRecord, Map<LayerChoice, Float64Array>>();

function loadOf(record: RoutedRecord, layer: LayerChoice): Float64Array {
  const loads = known.get(record) ?? new Map<LayerChoice, Float64Array>();
  known.set(record, loads);
  const load = loads.get(layer) ?? expertLoad(record, layer);
  loads.set(layer, load);
  return load;
}

/** The arm's loads over the steps that left records, oldest first. */
export function loadPoints(
  kept: readonly RetainedStep[],
  { arm, routing }: RoutedRecord,
  layer: LayerChoice,
): readonly LoadPoint[] {
  return kept.flatMap(({ step, records }) => {
    const record = records[arm];
    const same =
      record !== undefined && hasRoutes(record) && record.routing.experts === routing.experts;
    return same ? [{ step, load: loadOf(record, layer) }] : [];
  });
}

/** Upper end of every expert's axis: twice an even load, or what the largest needs. */
export const loadTop = (points: readonly LoadPoint[], experts: number): number =>
  points.reduce((top, { load }) => Math.max(top, ...load), 2 / experts);
