import { flips, type RoutedRecord } from "../../src/analysis/flips.ts";
import type { StepRecord } from "../../src/record/record.ts";

export interface MadeRoutes {
  /** Numbers of the layers that have a mixture. */
  layers?: readonly number[];
  experts?: number;
  perToken?: number;
  /** Share of (token, layer) whose experts are others; tokens whose ratios moved most come first. */
  flipped?: number;
}

/** From 0 below 1, the same for the same numbers. */
const noise = (...numbers: readonly number[]): number => {
  const x =
    Math.sin(numbers.reduce((sum, n, i) => sum + (n + 1) * (12.9898 + 67.345 * i), 0)) * 43758.5453;
  return x - Math.floor(x);
};

/** The record of a policy with a mixture: routes from a closed form, of which some have flipped. */
export function withRoutes(record: StepRecord, made: MadeRoutes = {}): RoutedRecord {
  const { layers = [0, 1], experts: E = 8, perToken: k = 2, flipped = 0.1 } = made;
  const { rows, columns } = record;
  const size = rows * columns * layers.length * k;
  const routes = {
    experts: new Uint32Array(size),
    expertsOld: new Uint32Array(size),
    expertWeights: new Float32Array(size),
    expertWeightsOld: new Float32Array(size),
    routerLogRatio: new Float32Array(rows * columns),
  };
  const counting = [...record.mask.keys()].filter((i) => record.mask[i] === 1);
  const moved = (i: number) => Math.abs(record.logRatio[i]!) * (0.4 + noise(i, 3));
  const most = new Set(
    counting
      .toSorted((a, b) => moved(b) - moved(a))
      .slice(0, Math.round(flipped * layers.length * counting.length)),
  );
  for (const index of counting) {
    const turned = Math.floor(noise(index, 5) * layers.length);
    layers.forEach((_, at) => {
      const from = (index * layers.length + at) * k;
      const ranked = Array.from({ length: E }, (_, e) => e).toSorted(
        (a, b) =>
          noise(record.tokens[index]!, b, at) ** (1 + b / E) -
          noise(record.tokens[index]!, a, at) ** (1 + a / E),
      );
      const old = ranked.slice(0, k);
      const flips = record.innerStep > 0 && most.has(index) && at === turned;
      const now = flips ? [...old.slice(0, k - 1), ranked[k]!] : old;
      const weight = 0.5 + 0.45 * noise(index, at, 9);
      const moves = record.innerStep === 0 ? 0 : 0.05 * noise(index, at, 11);
      const shared = (first: number, i: number) => (i === 0 ? first : (1 - first) / (k - 1));
      routes.experts.set(now, from);
      routes.expertsOld.set(old, from);
      for (let i = 0; i < k; i++) {
        routes.expertWeights[from + i] = shared(weight - moves, i);
        routes.expertWeightsOld[from + i] = shared(weight, i);
      }
    });
    routes.routerLogRatio[index] = record.innerStep === 0 ? 0 : record.logRatio[index]! / 3;
  }
  const routed = { ...record, ...routes, routing: { layers, experts: E, perToken: k } };
  const count = counting.reduce((sum, index) => sum + flips(routed, index), 0);
  const metrics = {
    ...record.metrics,
    aux_loss: k * (1 + 0.2 * noise(record.step)),
    "router/flipped": count / (counting.length * layers.length),
  };
  return { ...routed, metrics };
}
