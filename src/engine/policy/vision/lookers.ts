import type { Arena } from "../../gpu/arena.ts";
import type { GpuContext } from "../../gpu/context.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import type { Gradients } from "../activations.ts";
import { parameterLayout, type ParameterLayout } from "../parameters.ts";
import type { BatchShape, PolicyBuffers } from "../policy.ts";
import type { PolicyShape } from "../shape.ts";
import type { PolicyState } from "../state.ts";
import { createPictures, type PictureBatch, type Pictures } from "./pictures.ts";
import { createPicturesBackward } from "./pictures-backward.ts";

export { visionTensors } from "./tensors.ts";

// What looks at pictures: the policy that is trained, and the sampler. One file, which is loaded when
// the first of them does.

/** The pictures of a policy that is trained, or scored. */
export interface PolicyPictures extends Pictures {
  /** Adds into dparams, in order, after the language model's backward pass; none without gradients. */
  backward: readonly Dispatch[];
  /** The patches' gradient, of which pixelGradient makes the pixels'; null where there is none. */
  dpatches: GPUBuffer | null; // (M·(S − 1), patchRow)
  /** The language model that has their features: what each layer's attention keeps of a forward pass. */
  text: Pick<PolicyState, "layers" | "attention" | "batch">;
}

interface PolicyOf extends PolicyBuffers {
  shape: PolicyShape;
  layout: ParameterLayout;
  batch: BatchShape;
  state: PolicyState;
  /** Null: no backward pass. */
  d: Gradients | null;
}

export async function policyPictures(
  gpu: GpuContext & { arena: Arena },
  { shape, layout, batch, state, params, dparams, d }: PolicyOf,
): Promise<PolicyPictures> {
  const { B, pictures: M = B } = batch;
  const frozen = shape.vision?.frozen ?? true;
  const pictures = await createPictures(gpu, shape, layout, {
    ...{ M, purpose: "activations", frozen: frozen ? params : null },
    kept: d !== null && !frozen,
  });
  if (!d || !dparams) return { ...pictures, backward: [], dpatches: null, text: state };
  const { run, patches } = await createPicturesBackward(gpu, shape, layout, pictures, {
    ...{ B, batch: state.batch, dx: d.stream, params, dparams },
  });
  return { ...pictures, backward: run, dpatches: patches, text: state };
}

/**
 * The pictures of M prompts of a rollout, which are encoded once, with the prompts: every completion of a
 * prompt finds them in the cache.
 */
export async function promptPictures(
  gpu: GpuContext & { arena: Arena },
  shape: PolicyShape,
  M: number,
) {
  const pictures = await createPictures(gpu, shape, parameterLayout(shape), {
    ...{ M, purpose: "rollout", kept: false, frozen: null },
  });
  return {
    embedder: pictures.embedder,
    load(prompts: { promptTokens: Uint32Array; pictures?: PictureBatch }): void {
      const { promptTokens, pictures: batch } = prompts;
      const P = promptTokens.length / M;
      // A prompt's last token goes through with the completion's, where no picture is looked at.
      if (promptTokens.some((token, at) => at % P === P - 1 && token >= shape.vocab)) {
        throw new RangeError("a prompt ends with its picture; put a token of text behind it");
      }
      if (batch) pictures.load(batch);
    },
  };
}
