import { codeOf, kernelSpec } from "../shaders/architectures.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { unroll } from "../gpu/unroll.ts";
import { type RowRange, groups, WORKGROUP, WX, WY } from "./grid.ts";
import { CHUNK, COUNT, countsLength, type MixtureShape } from "./mixture-shape.ts";

const ceil4 = (length: number): number => 4 * Math.ceil(length / 4);

/** Which experts a token goes through, and how much each counts. */
export interface Routes {
  chosen: Binding; // (R, perToken) u32
  weights: Binding; // (R, perToken)
}

/** What sorting leaves: where each choice lies among those of its expert. */
export interface Slots {
  slots: Binding; // (R, perToken) u32
  order: Binding; // (R · perToken) u32: the choice in each slot
  ranges: Binding; // (experts, 4) u32: first and end of each expert's slots
}

/** Tokens that are routed, and the first of them, that go on to the experts. */
export interface RoutedRows {
  rowRange: RowRange;
  onward: RowRange;
}

export interface RouteBuffers extends Routes, Slots, RoutedRows {
  logits: Binding; // (R, ceil4(experts))
  /** Uniform: 1 where `given` is replayed, else 0. */
  replay: Binding; // (1) u32
  given: Binding; // (R, perToken) u32
  counts: Binding; // (countsLength) u32
}

/** chosen, weights and counts from the router's logits; slots, order and ranges from them. */
export async function routeForward(device: GPUDevice, shape: MixtureShape) {
  const { R, experts: E, perToken: K, normalised } = shape;
  const [choose, place] = await Promise.all([
    Kernel.create(device, {
      label: "mixture.choose",
      code: unroll(codeOf("mixture.choose"), { K, NORMALISED: normalised ? 1 : 0 }),
      constants: { E, EP: ceil4(E) },
    }),
    Kernel.create(device, kernelSpec("mixture.place", { E, K, WORKGROUP })),
  ]);
  const placed = (rows: number) => groups(Math.max(1, groups(rows, CHUNK)) * E, WORKGROUP);
  return (b: RouteBuffers): Dispatch[] => {
    const { chosen, weights, counts, rowRange, onward } = b;
    const ranges = [rowRange.binding, onward.binding];
    const chooses = [b.logits, b.given, chosen, weights, counts, b.replay, ...ranges];
    const places = [chosen, counts, b.slots, b.order, b.ranges, onward.binding];
    return [
      choose.bind(chooses, groups(R, CHUNK), 1, 1, () => [groups(rowRange.rows(), CHUNK)]),
      place.bind(places, placed(R), 1, 1, () => [placed(onward.rows())]),
    ];
  };
}

/** The grid of a kernel with an invocation per vec4 of `perRow` rows for each token that goes on. */
function elementwise({ R, C }: MixtureShape, onward: RowRange, perRow: number) {
  const x = groups(C / 4, WX);
  const y = (rows: number) => groups(rows * perRow, WY);
  return [x, y(R), 1, () => [x, y(onward.rows())] as const] as const;
}

/** What the experts read: n[slot] = the normalised stream of its token. */
export async function gatherForward(device: GPUDevice, shape: MixtureShape) {
  const { C, perToken: K } = shape;
  const spec = kernelSpec("mixture.gather", { K, C4: C / 4, WX, WY });
  const kernel = await Kernel.create(device, spec);
  return (b: {
    x: Binding; // (R, C)
    rstd: Binding; // (R)
    gain: Binding; // (C)
    order: Binding;
    n: Binding; // (R · perToken, C)
    onward: RowRange;
  }): Dispatch =>
    kernel.bind(
      [b.x, b.rstd, b.gain, b.order, b.n, b.onward.binding],
      ...elementwise(shape, b.onward, K),
    );
}

/** next = middle + what the experts found, weighed. */
export async function combineForward(device: GPUDevice, shape: MixtureShape) {
  const { C, perToken: K } = shape;
  const spec = kernelSpec("mixture.combine", { K, C4: C / 4, WX, WY });
  const kernel = await Kernel.create(device, spec);
  return (b: {
    middle: Binding; // (R, C)
    weights: Binding;
    slots: Binding;
    y: Binding; // (R · perToken, C)
    next: Binding; // (R, C)
    onward: RowRange;
  }): Dispatch =>
    kernel.bind(
      [b.middle, b.weights, b.slots, b.y, b.next, b.onward.binding],
      ...elementwise(shape, b.onward, 1),
    );
}

/** dy and dweights from the stream's gradient. */
export async function spreadBackward(device: GPUDevice, shape: MixtureShape) {
  const { R, C, perToken: K } = shape;
  const spec = kernelSpec("mixture.spread", { K, C4: C / 4, WORKGROUP });
  const kernel = await Kernel.create(device, spec);
  return (b: {
    dstream: Binding; // (R, C)
    weights: Binding;
    order: Binding;
    y: Binding; // (R · perToken, C)
    dy: Binding; // (R · perToken, C), overwritten
    dweights: Binding; // (R, perToken), overwritten
    onward: RowRange;
  }): Dispatch =>
    kernel.bind(
      [b.dstream, b.weights, b.order, b.y, b.dy, b.dweights, b.onward.binding],
      groups(R * K, WORKGROUP),
      1,
      1,
      () => [groups(b.onward.rows() * K, WORKGROUP)],
    );
}

export interface RouterGradients extends Routes, RoutedRows {
  logits: Binding; // (R, ceil4(experts))
  dweights: Binding; // (R, perToken)
  balance: Binding; // (experts + 1), see balanceForward
  /** Uniform: what the load-balancing loss is multiplied by. */
  coefficient: Binding; // (1)
  dlogits: Binding; // (R, ceil4(experts)), overwritten
}

/** dlogits from dweights and the load-balancing loss. */
export async function routerBackward(device: GPUDevice, shape: MixtureShape) {
  const { R, experts: E, perToken: K, normalised } = shape;
  const constants = { E, EP: ceil4(E), K, NORMALISED: normalised ? 1 : 0, WORKGROUP };
  const kernel = await Kernel.create(device, kernelSpec("mixture.router.backward", constants));
  return (b: RouterGradients): Dispatch => {
    const saved = [b.logits, b.chosen, b.weights, b.dweights, b.balance, b.dlogits];
    const uniforms = [b.coefficient, b.rowRange.binding, b.onward.binding];
    return kernel.bind([...saved, ...uniforms], groups(R, WORKGROUP), 1, 1, () => [
      groups(b.rowRange.rows(), WORKGROUP),
    ]);
  };
}

/** dn += what the experts' inputs got. */
export async function collectBackward(device: GPUDevice, shape: MixtureShape) {
  const { C, perToken: K } = shape;
  const spec = kernelSpec("mixture.collect", { K, C4: C / 4, WX, WY });
  const kernel = await Kernel.create(device, spec);
  return (b: {
    dx: Binding; // (R · perToken, C)
    slots: Binding;
    dn: Binding; // (R, C), accumulated
    onward: RowRange;
  }): Dispatch =>
    kernel.bind([b.dx, b.slots, b.dn, b.onward.binding], ...elementwise(shape, b.onward, 1));
}

/** The load-balancing loss over `layers` mixtures, and its derivative (shaders/policy/mixture.balance.wgsl). */
export async function balanceForward(
  device: GPUDevice,
  shape: Pick<MixtureShape, "R" | "experts"> & { layers: number },
) {
  const { experts: E, layers: LAYERS } = shape;
  const constants = { E, LAYERS, STRIDE: countsLength(shape) / COUNT };
  const kernel = await Kernel.create(device, kernelSpec("mixture.balance", constants));
  return (b: {
    counts: Binding; // (layers, countsLength) u32
    balance: Binding; // (experts + 1)
    rowRange: RowRange;
  }): Dispatch => kernel.bind([b.counts, b.balance, b.rowRange.binding], 1);
}
