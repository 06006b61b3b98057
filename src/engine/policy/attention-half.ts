import type { GpuContext } from "../gpu/context.ts";
import type { Binding, Dispatch } from "../gpu/kernel.ts";
import { type AttentionOptions, windowOf } from "../layers/attention.ts";
import type { RowRange } from "../layers/grid.ts";
import { linearBackward, linearForward, queryKeyValueForward } from "../layers/linear.ts";
import { rmsNormBackward } from "../layers/rms-norm.ts";
import type { AttentionPlan } from "./architectures/architecture.ts";
import {
  type Attend,
  type AttendBackward,
  type AttentionGradients,
  attentionProducts,
  type AttentionStats,
  type AttentionStream,
  type AttentionWeights,
  headsOf,
  headsShape,
  type RotaryPositions,
} from "./block-attention.ts";
import { headDim } from "../../config/architecture-shape.ts";
import { type PolicyShape } from "./shape.ts";

/** Queries, keys and values of some rows: turned, and in their places. */
type Project = (
  w: AttentionWeights,
  stream: AttentionStream,
  rotary: RotaryPositions,
  to: { kv: Binding; rowRange: RowRange },
) => Dispatch[];

const headNormShape = (shape: PolicyShape, R: number) => ({
  ...headsOf(shape),
  ...{ R, headDim: headDim(shape), eps: shape.rmsNormEps },
});

/** What a layer's attention has beside queries, keys and values. */
function attentionOptions(gpu: GpuContext, shape: PolicyShape, plan: AttentionPlan) {
  const window = headsShape(shape).windowed ? windowOf(gpu, plan.window) : undefined;
  return ({ sinks }: AttentionWeights): AttentionOptions => ({ window, sinks });
}

async function turned(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: AttentionPlan,
  rows: number,
): Promise<Project> {
  const product = attentionProducts(shape, plan, rows).queryKeyValue;
  const bind = await queryKeyValueForward(gpu, product, headsOf(shape));
  return (w, { x, inputRstd: rstd, q }, rotary, { kv, rowRange }) => [
    bind({
      ...{ x, weight: w.queryKeyValue, bias: w.queryKeyValueBias, rowRange },
      norm: { gain: w.inputNorm, rstd },
      ...rotary,
      ...{ q, kv },
    }),
  ];
}

/** The same where heads are normalised in between. */
async function normalisedAndTurned(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: AttentionPlan,
  rows: number,
): Promise<Project> {
  const product = attentionProducts(shape, plan, rows).queryKeyValue;
  const { headNormForward } = await import("../layers/head-norm.ts");
  const [project, normalise] = await Promise.all([
    linearForward(gpu, product),
    headNormForward(gpu.device, headNormShape(shape, rows)),
  ]);
  return (w, { x, inputRstd, heads, q }, rotary, { kv, rowRange }) => {
    const { projected, rstd } = heads!;
    return [
      project({
        ...{ x, weight: w.queryKeyValue, bias: w.queryKeyValueBias, rowRange },
        norm: { gain: w.inputNorm, rstd: inputRstd },
        ...{ y: projected, residual: null },
      }),
      normalise({
        ...{ x: projected, queryGain: w.queryNorm!, keyGain: w.keyNorm!, rstd, rowRange },
        ...rotary,
        ...{ q, kv },
      }),
    ];
  };
}

/** `attended`: rows, at most, of each `Attend` that will be handed in. */
export async function attentionHalfForward(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: AttentionPlan,
  R: number,
  attended: readonly number[],
) {
  const projectBy = plan.headNorm ? normalisedAndTurned : turned;
  const [project, output] = await Promise.all([
    Promise.all(attended.map((rows) => projectBy(gpu, shape, plan, rows))),
    linearForward(gpu, attentionProducts(shape, plan, R).output),
  ]);
  const optionsOf = attentionOptions(gpu, shape, plan);
  /** `onward`: the rows whose stream goes on; of the others keys and values are all that is asked. */
  return (
    w: AttentionWeights,
    stream: AttentionStream,
    rotary: RotaryPositions,
    attend: readonly Attend[],
    onward: RowRange,
  ): Dispatch[] => {
    const { x, q, o, middle } = stream;
    const options = optionsOf(w);
    return [
      ...attend.flatMap(({ kv, rowRange, run }, part) => [
        ...project[part]!(w, stream, rotary, { kv, rowRange }),
        ...run({ q, o }, options),
      ]),
      output({
        ...{ x: o, norm: null, weight: w.output, bias: w.outputBias, rowRange: onward },
        ...{ y: middle, residual: x },
      }),
    ];
  };
}

/** The code of what Llama has not comes when a policy has it. */
const biased = (gpu: GpuContext, shape: Parameters<typeof linearBackward>[1]) =>
  import("../layers/bias.ts").then(({ biasBackward }) => biasBackward(gpu, shape));

export async function attentionHalfBackward(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: AttentionPlan,
  R: number,
) {
  const { device } = gpu;
  const { queryKeyValue, output } = attentionProducts(shape, plan, R);
  const [intoO, intoNormed, intoStream, intoProjected, intoSinks, intoBias, intoOutputBias] =
    await Promise.all([
      linearBackward(gpu, output),
      linearBackward(gpu, queryKeyValue),
      rmsNormBackward(gpu, { R, C: shape.width }, "accumulated"),
      plan.headNorm &&
        import("../layers/head-norm.ts").then(({ headNormBackward }) =>
          headNormBackward(device, headNormShape(shape, R)),
        ),
      plan.sinks &&
        import("../layers/sinks.ts").then(({ sinkBackward }) =>
          sinkBackward(device, { R, heads: shape.heads }),
        ),
      plan.bias && biased(gpu, queryKeyValue),
      plan.outputBias && biased(gpu, output),
    ]);
  const optionsOf = attentionOptions(gpu, shape, plan);
  return (
    w: AttentionWeights,
    dw: AttentionWeights,
    { x, inputRstd: rstd, heads, o, stats }: AttentionStream & AttentionStats,
    d: AttentionGradients,
    attend: AttendBackward,
    rowRange: RowRange,
  ): Dispatch[] => {
    const dy = d.projected ?? d.queryKeyValue;
    const of = <T>(launcher: T | false, bind: (launcher: T) => Dispatch) =>
      launcher === false ? [] : [bind(launcher)];
    return [
      ...of(intoOutputBias, (bind) => bind({ dy: d.stream, dbias: dw.outputBias!, rowRange })),
      intoO({
        x: o,
        norm: null,
        weight: w.output,
        dy: d.stream,
        dx: d.o,
        dweight: dw.output,
        rowRange,
      }),
      ...attend(d, optionsOf(w)),
      ...of(intoSinks, (bind) => bind({ stats, sinks: w.sinks!, partial: dw.sinks!, rowRange })),
      ...of(intoProjected, (bind) =>
        bind({
          ...{ x: heads!.projected, rstd: heads!.rstd, dn: d.queryKeyValue, dx: d.projected! },
          ...{ queryGain: w.queryNorm!, keyGain: w.keyNorm!, rowRange },
          ...{ queryPartial: dw.queryNorm!, keyPartial: dw.keyNorm! },
        }),
      ),
      ...of(intoBias, (bind) => bind({ dy, dbias: dw.queryKeyValueBias!, rowRange })),
      intoNormed({
        x,
        norm: { gain: w.inputNorm, rstd },
        weight: w.queryKeyValue,
        dy,
        dx: d.normed,
        dweight: dw.queryKeyValue,
        rowRange,
      }),
      intoStream({
        x,
        gain: w.inputNorm,
        rstd,
        dy: d.normed,
        dx: d.stream,
        partial: dw.inputNorm,
        rowRange,
        readRange: rowRange,
      }),
    ];
  };
}
