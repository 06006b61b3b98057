import { architectureProblem, headDim } from "./architecture-shape.ts";
import { type Fact, refusal } from "./finding.ts";
import { parameterCount } from "./parameter-count.ts";
import { field } from "./schema.ts";
import type { PolicyConfig } from "./types.ts";
import type { Task } from "../tasks/task.ts";

export const PARAMETERS = { min: 5_000, max: 10_000_000 };

/** What keeps a policy from being computed: its heads, its architecture, its size. */
export const policyProblems = (policy: PolicyConfig, task: Task): Fact[] => {
  const found =
    heads(policy) ??
    architecture(policy) ??
    pictures(policy, task) ??
    size(policy, task.vocabulary.length);
  return found === null ? [] : [found];
};

/** Half-split rotary positions need even heads; grouped attention needs whole groups. */
function heads(policy: PolicyConfig): Fact | null {
  const { width, heads: count, kvHeads } = policy;
  const D = headDim(policy);
  if (D !== width / count && D % 2 !== 0) {
    return refusal("head-width", {
      message: `headDim is ${D}; each head needs an even number of channels.`,
      remedy: `Set it to ${D + 1}.`,
      patch: { headDim: D + 1 },
      fields: ["headDim"],
    });
  }
  if (!Number.isInteger(D) || D % 2 !== 0) {
    const fitting = Math.ceil(width / (2 * count)) * 2 * count;
    const largest = field("width").type;
    const fits = largest.kind === "int" && fitting <= largest.max;
    return refusal("width-and-heads", {
      message: `width (${width}) over heads (${count}) is ${round(D)}; each head needs a whole, even number of channels.`,
      remedy: fits ? `Set width to ${fitting}.` : "Set fewer heads.",
      patch: fits ? { width: fitting } : { heads: 1 },
      fields: ["width", "heads"],
    });
  }
  if (count % kvHeads === 0) return null;
  return refusal("heads-and-kv-heads", {
    message: `heads (${count}) is not divisible by kvHeads (${kvHeads}).`,
    remedy: `Set kvHeads to ${count}.`,
    patch: { kvHeads: count },
    fields: ["kvHeads", "heads"],
  });
}

function architecture(policy: PolicyConfig): Fact | null {
  const problem = architectureProblem(policy);
  if (problem === null) return null;
  const { message, field: about } = problem;
  const usual = { [about]: field(about).trlDefault };
  return refusal("architecture", {
    message: `${message}.`,
    remedy: `Set architecture and ${about} so that they go together.`,
    patch: about === "mixture" ? { architecture: "llama", ...usual } : usual,
    fields: [about, "architecture"],
  });
}

/** A tower for three of a task's pictures' patches along either side, where the policy has none. */
const usualTower = (imageSize: number) => ({
  ...{ imageSize, patchSize: Math.ceil(imageSize / 3), width: 32, layers: 3, heads: 2 },
});

/** A policy looks at the pictures of its task, and only where there are some. */
function pictures(policy: PolicyConfig, { id, picture }: Task): Fact | null {
  const { vision = null, architecture = "llama" } = policy;
  const wanted = picture?.size;
  if (vision?.imageSize === wanted) return null;
  const tower =
    wanted === undefined ? null : { ...usualTower(wanted), ...vision, imageSize: wanted };
  return refusal("pictures", {
    message: `${id} shows ${wanted ? `pictures ${wanted} pixels wide` : "no pictures"}, and the policy's vision is ${vision ? `for ${vision.imageSize}` : "null"}.`,
    remedy: tower ? `Give a llama a tower for ${wanted} pixels.` : "Set vision to null.",
    patch: { vision: tower, ...(architecture !== "llama" && tower && { architecture: "llama" }) },
    fields: ["vision", "task"],
  });
}

function size(policy: PolicyConfig, vocabulary: number): Fact | null {
  const count = parameterCount(policy, vocabulary);
  if (count >= PARAMETERS.min && count <= PARAMETERS.max) return null;
  const small = count < PARAMETERS.min;
  return refusal("parameters", {
    message: `The policy has ${thousands(count)} parameters; ${
      small ? `at least ${thousands(PARAMETERS.min)}` : `at most ${thousands(PARAMETERS.max)}`
    } are supported.`,
    remedy: small ? "Set a larger width or more layers." : "Set a smaller width or fewer layers.",
    patch: null,
    fields: ["width", "hidden", "layers"],
  });
}

const round = (value: number) => Math.round(value * 100) / 100;
const thousands = (value: number) => value.toLocaleString("en");
