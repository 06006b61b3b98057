import type { GpuContext } from "../gpu/context.ts";
import type { Binding, Dispatch } from "../gpu/kernel.ts";
import { biasBackward } from "../layers/bias.ts";
import type { RowRange } from "../layers/grid.ts";
import { downBackward, gateUpForward, linearBackward, linearForward } from "../layers/linear.ts";
import {
  collectBackward,
  combineForward,
  gatherForward,
  routeForward,
  type RoutedRows,
  routerBackward,
  spreadBackward,
} from "../layers/mixture.ts";
import { rmsNormBackward } from "../layers/rms-norm.ts";
import type { MixturePlan } from "./architectures/architecture.ts";
import {
  type MixtureGradients,
  mixtureProducts,
  type MixtureStream,
  type MixtureWeights,
  routingShape,
} from "./block-mixture.ts";
import type { MiddleStream } from "./block-mlp.ts";
import type { PolicyShape } from "./shape.ts";

/** Rows of the experts' products: each expert's own, at most one for each token. */
const slotsOf = ({ ranges }: MixtureStream, onward: RowRange): RowRange => ({
  binding: ranges,
  rows: onward.rows,
});

export async function mixtureForward(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: MixturePlan,
  R: number,
) {
  const { device } = gpu;
  const products = mixtureProducts(shape, plan, R);
  const routing = routingShape(shape, plan, R);
  const [router, route, gather, gateUp, down, combine] = await Promise.all([
    linearForward(gpu, products.router),
    routeForward(device, routing),
    gatherForward(device, routing),
    gateUpForward(gpu, products.gateUp, plan.gate),
    linearForward(gpu, products.down),
    combineForward(device, routing),
  ]);
  return (
    w: MixtureWeights,
    { middle, middleRstd: rstd }: MiddleStream,
    m: MixtureStream,
    next: GPUBuffer, // (R, C), the residual stream that leaves
    replay: Binding, // uniform: 1 where m.given is replayed
    { rowRange, onward }: RoutedRows,
  ): Dispatch[] => {
    const slots = slotsOf(m, onward);
    return [
      router({
        ...{ x: middle, weight: w.router, bias: w.routerBias, rowRange },
        norm: { gain: w.postAttentionNorm, rstd },
        ...{ y: m.logits, residual: null },
      }),
      ...route({ ...m, replay, rowRange, onward }),
      gather({ x: middle, rstd, gain: w.postAttentionNorm, order: m.order, n: m.n, onward }),
      gateUp({
        ...{ x: m.n, norm: null, weight: w.gateUp, bias: w.gateUpBias, rowRange: slots },
        ...{ gateUp: m.gateUp, h: m.h },
      }),
      down({
        ...{ x: m.h, norm: null, weight: w.down, bias: w.downBias, rowRange: slots },
        ...{ y: m.y, residual: null },
      }),
      combine({ middle, weights: m.weights, slots: m.slots, y: m.y, next, onward }),
    ];
  };
}

/** What the load-balancing loss adds to the routers' gradients. */
export interface Balance {
  balance: Binding; // see balanceForward
  coefficient: Binding; // uniform
}

export async function mixtureBackward(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: MixturePlan,
  R: number,
) {
  const { device } = gpu;
  const products = mixtureProducts(shape, plan, R);
  const routing = routingShape(shape, plan, R);
  const biased = [products.router, products.gateUp, products.down] as const;
  const [spread, down, gateUp, intoLogits, router, collect, intoStream, biases] = await Promise.all(
    [
      spreadBackward(device, routing),
      downBackward(gpu, products.down, plan.gate),
      linearBackward(gpu, products.gateUp),
      routerBackward(device, routing),
      linearBackward(gpu, products.router),
      collectBackward(device, routing),
      rmsNormBackward(gpu, { R, C: shape.width }, "accumulated"),
      plan.bias ? Promise.all(biased.map((product) => biasBackward(gpu, product))) : [],
    ],
  );
  return (
    w: MixtureWeights,
    dw: MixtureWeights,
    { middle, middleRstd: rstd }: MiddleStream,
    m: MixtureStream,
    d: MixtureGradients & { stream: GPUBuffer; normed: GPUBuffer },
    { balance, coefficient }: Balance,
    { rowRange, onward }: RoutedRows,
  ): Dispatch[] => {
    const slots = slotsOf(m, onward);
    const [routerBias, gateUpBias, downBias] = biases;
    const of = (
      bind: typeof routerBias,
      dy: GPUBuffer,
      dbias: Binding | undefined,
      rows: RowRange,
    ) => (bind && dbias ? [bind({ dy, dbias, rowRange: rows })] : []);
    return [
      spread({ dstream: d.stream, ...m, dy: d.y, dweights: d.weights, onward }),
      down({
        ...{ x: m.h, norm: null, weight: w.down, dy: d.y, dweight: dw.down, rowRange: slots },
        ...{ gateUp: m.gateUp, dgateUp: d.gateUp },
      }),
      ...of(downBias, d.y, dw.downBias, slots),
      gateUp({
        ...{ x: m.n, norm: null, weight: w.gateUp, rowRange: slots },
        ...{ dy: d.gateUp, dx: d.n, dweight: dw.gateUp },
      }),
      ...of(gateUpBias, d.gateUp, dw.gateUpBias, slots),
      intoLogits({
        ...{ ...m, balance, coefficient, dweights: d.weights, dlogits: d.logits },
        ...{ rowRange, onward },
      }),
      router({
        ...{ x: middle, norm: { gain: w.postAttentionNorm, rstd }, weight: w.router, rowRange },
        ...{ dy: d.logits, dx: d.normed, dweight: dw.router },
      }),
      ...of(routerBias, d.logits, dw.routerBias, rowRange),
      collect({ dx: d.n, slots: m.slots, dn: d.normed, onward }),
      intoStream({
        ...{ x: middle, gain: w.postAttentionNorm, rstd, dy: d.normed, dx: d.stream },
        ...{ partial: dw.postAttentionNorm, rowRange, readRange: rowRange },
      }),
    ];
  };
}
