import type { GpuContext } from "../gpu/context.ts";
import type { Binding } from "../gpu/kernel.ts";
import { embeddingPartials, type EmbeddingShape } from "../layers/embedding.ts";
import { linearPartials } from "../layers/linear.ts";
import { rmsNormPartials } from "../layers/rms-norm.ts";
import { layOutPartials, type Partials } from "../layers/sum-partials.ts";
import { blockPartials, type BlockWeights } from "./block.ts";
import type { PolicyState } from "./state.ts";
import type { Weights } from "./weights.ts";

/** The partial sums of every parameter's gradient, and where each kernel writes its own. */
export interface PartialPlan {
  all: readonly Partials[];
  /** Floats of the scratch buffer. */
  length: number;
  /** The embedding of a tied head: its partial sums come after the head's. */
  embedding: EmbeddingShape;
  /** Where the gradient of each weight goes: into the scratch buffer or, undivided, into dweights. */
  bind(partial: GPUBuffer, dweights: Weights): Weights;
}

const rangeOf = (binding: Binding): { offset: number; length: number } => {
  if (!("buffer" in binding)) throw new Error("a weight is a range of the parameter buffer");
  return { offset: (binding.offset ?? 0) / 4, length: binding.size! / 4 };
};

/** `weights` tell where every weight lies in the gradient buffer. */
export function planPartials(gpu: GpuContext, state: PolicyState, weights: Weights): PartialPlan {
  const { shape, plans, strides: s, R } = state;
  const ofHead = linearPartials(gpu, state.head);
  const tied = weights.head === weights.embedding;
  const embedding: EmbeddingShape = {
    R,
    C: s.width,
    V: shape.vocab,
    Vp: s.vocab,
    padTokenId: shape.padTokenId,
    first: tied ? ofHead : 0,
  };
  const all: Partials[] = [];
  const add = (weight: Binding, count: number) => all.push({ ...rangeOf(weight), count }) - 1;
  const layers = weights.layers.map((w, layer) => {
    const counts = blockPartials(gpu, shape, plans[layer]!, R);
    const named = Object.entries(w) as [keyof BlockWeights, Binding][];
    return named.map(([name, weight]) => ({ name, index: add(weight, counts[name]!) }));
  });
  const norm = add(weights.norm, rmsNormPartials({ R, C: shape.width, read: state.scoredRows }));
  const table = add(weights.embedding, embeddingPartials(embedding) + embedding.first!);
  const head = tied ? table : add(weights.head, ofHead);
  const { offsets, length } = layOutPartials(all);

  return {
    all,
    length,
    embedding,
    bind(partial, dweights) {
      const bindingOf = (index: number, dweight: Binding, count = all[index]!.count): Binding => {
        const size = count * all[index]!.length * 4;
        return count === 0 ? dweight : { buffer: partial, offset: offsets[index]! * 4, size };
      };
      const bound = dweights.layers.map((dw, layer) =>
        Object.fromEntries(
          layers[layer]!.map(({ name, index }) => [name, bindingOf(index, dw[name]!)]),
        ),
      );
      return {
        embedding: bindingOf(table, dweights.embedding),
        layers: bound as unknown as BlockWeights[],
        norm: bindingOf(norm, dweights.norm),
        head: bindingOf(head, dweights.head, ofHead),
      };
    },
  };
}
