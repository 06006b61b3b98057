import {
  type HistogramName,
  HISTOGRAMS,
  QUANTITIES,
  type Quantities,
  type Quantity,
  type QuantityName,
  type QuantityWith,
} from "./fields.ts";

// What follows from the table of quantities, for whoever builds, copies or reads a record.

/** What each micro-batch of a step leaves on the GPU. */
export type StepQuantity = QuantityWith<{ from: "policy" | "batch" | "objective" }>;

/** What the routers of a mixture leave besides. */
export type RouterQuantity = QuantityWith<{ from: "router" }>;

/** Sizes that a record's arrays have. */
interface RecordShape {
  rows: number;
  columns: number;
  routing?: { layers: readonly number[]; perToken: number };
}

export const rowOf = (name: QuantityName): Quantity => QUANTITIES[name];

export const isQuantity = (name: string): name is QuantityName => Object.hasOwn(QUANTITIES, name);

/** All names, in the table's order. */
export const QUANTITY_NAMES: readonly QuantityName[] = Object.keys(QUANTITIES).filter(isQuantity);

/** Names of the quantities whose row has what is given, in the table's order. */
export const namesWith = <const Row extends Partial<Quantity>>(given: Row) =>
  QUANTITY_NAMES.filter((name): name is QuantityWith<Row> =>
    Object.entries(given).every(([key, value]) => Reflect.get(rowOf(name), key) === value),
  );

export const STEP_QUANTITIES: readonly StepQuantity[] = QUANTITY_NAMES.filter(
  (name): name is StepQuantity => !["rollout", "router"].includes(rowOf(name).from),
);
export const ROUTER_QUANTITIES: readonly RouterQuantity[] = namesWith({ from: "router" });

/** The quantities among `values` in the table's order, that of a record's keys. */
export const inOrder = <Values extends Partial<Quantities>>(values: Values): Values =>
  Object.fromEntries(
    QUANTITY_NAMES.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  ) as Values;

/** Numbers of a quantity as the typed array that a record holds it in. */
export const arrayOf = (name: QuantityName, values: ArrayLike<number>) =>
  rowOf(name).element === "u32" ? Uint32Array.from(values) : Float32Array.from(values);

/** The same of its bytes, which the array takes over. */
export const arrayOn = (name: QuantityName, bytes: ArrayBuffer) =>
  rowOf(name).element === "u32" ? new Uint32Array(bytes) : new Float32Array(bytes);

/** Of a quantity of numbers its lengths, rows first; 0 mixtures where the policy has none. */
export function dimensionsOf(name: QuantityName, shape: RecordShape): readonly number[] {
  const { rows, columns, routing } = shape;
  const { per } = rowOf(name);
  if (per === "token") return [rows, columns];
  if (per !== "route") return [rows];
  return [rows, columns, routing?.layers.length ?? 0, routing?.perToken ?? 0];
}

/** How many numbers a quantity with one for each route, each token or each row has. */
export const entriesOf = (name: QuantityName, shape: RecordShape): number =>
  dimensionsOf(name, shape).reduce((product, length) => product * length, 1);

/** Quantities with numbers of each token. */
export const MATRICES = QUANTITY_NAMES.filter(
  (name): name is QuantityWith<{ per: "token" }> | QuantityWith<{ per: "route" }> =>
    ["token", "route"].includes(rowOf(name).per),
);

/**
 * Quantities of which nothing is known: zeros, empty texts, null where that is allowed, and without
 * those that may be absent. All of them, or those that are named.
 */
export function emptyQuantities<N extends QuantityName = QuantityName>(
  shape: RecordShape & Partial<Pick<Quantities, "rewardNames">>,
  names = QUANTITY_NAMES as readonly N[],
): Pick<Quantities, N> {
  const { rewardNames = [], rows } = shape;
  const empty = (name: QuantityName) => {
    const { per, element, optional } = rowOf(name);
    if (optional === "null") return null;
    if (per === "function") return rewardNames;
    if (per === "function and row") return rewardNames.map(() => new Float32Array(rows));
    if (element === "text") return new Array<string>(rows).fill("");
    return arrayOn(name, new ArrayBuffer(4 * entriesOf(name, shape)));
  };
  const there = names.filter((name) => rowOf(name).optional !== "absent");
  return Object.fromEntries(there.map((name) => [name, empty(name)])) as Pick<Quantities, N>;
}

/** Histograms in which nothing is counted. */
export const emptyHistograms = (bins: number): Record<HistogramName, Uint32Array> =>
  histogramsOf(() => new Uint32Array(bins));

/** A histogram each, by its name and its index. */
export const histogramsOf = <T>(of: (name: HistogramName, index: number) => T) =>
  Object.fromEntries(HISTOGRAMS.map((name, index) => [name, of(name, index)])) as Record<
    HistogramName,
    T
  >;

/** Bytes of a record's matrices, which is nearly all of it: four for each number. */
export const matrixBytes = (shape: RecordShape): number =>
  MATRICES.filter((name) => shape.routing || rowOf(name).from !== "router").reduce(
    (sum, name) => sum + 4 * entriesOf(name, shape),
    0,
  );
