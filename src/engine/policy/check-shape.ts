import { architectureProblem, headDim } from "../../config/architecture-shape.ts";
import { type PolicyShape } from "./shape.ts";

/** Throws a RangeError for a shape that its architecture does not have. */
export function checkShape(shape: PolicyShape): void {
  const counts = {
    layers: shape.layers,
    width: shape.width,
    heads: shape.heads,
    kvHeads: shape.kvHeads,
    hidden: shape.hidden,
    vocab: shape.vocab,
    "head width": headDim(shape),
    ...(shape.slidingWindow === null || shape.slidingWindow === undefined
      ? {}
      : { "sliding window": shape.slidingWindow }),
  };
  for (const [name, count] of Object.entries(counts)) requireCount(name, count);
  if (shape.heads % shape.kvHeads !== 0) {
    throw new RangeError(`kvHeads ${shape.kvHeads} does not divide heads ${shape.heads}`);
  }
  if (headDim(shape) % 2 !== 0) {
    throw new RangeError(`head width ${headDim(shape)} is odd; rotary positions turn pairs`);
  }
  if (shape.padTokenId !== null && !(shape.padTokenId >= 0 && shape.padTokenId < shape.vocab)) {
    throw new RangeError(`padTokenId ${shape.padTokenId} is not in a vocabulary of ${shape.vocab}`);
  }
  const problem = architectureProblem(shape);
  if (problem) throw new RangeError(problem.message);
}

function requireCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`${name} is ${count}; it must be a whole number of at least 1`);
  }
}
