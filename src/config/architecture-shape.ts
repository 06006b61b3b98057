import { formatValue } from "./parse-field.ts";
import type {
  ArchitectureConfig,
  ArchitectureName,
  MixtureConfig,
  RotaryScaling,
  VisionConfig,
} from "./architecture.ts";
import type { FieldValue } from "./field.ts";
import type { PolicyConfig } from "./types.ts";

type Option = Exclude<keyof ArchitectureConfig, "architecture">;

/** The optional fields of a shape that an architecture has; what else is given is refused. */
const HAS: Readonly<Record<ArchitectureName, readonly Option[]>> = {
  llama: ["headDim", "attentionBias", "mlpBias", "rotaryScaling", "vision"],
  qwen2: ["rotaryScaling"],
  qwen3: ["headDim", "attentionBias", "rotaryScaling"],
  mistral: ["headDim", "slidingWindow", "rotaryScaling"],
  mixtral: ["headDim", "slidingWindow", "rotaryScaling", "mixture"],
  qwen3_moe: ["headDim", "attentionBias", "rotaryScaling", "mixture"],
  gpt_oss: ["headDim", "slidingWindow", "rotaryScaling", "mixture"],
};
const OPTIONS = [
  "headDim",
  "attentionBias",
  "mlpBias",
  "slidingWindow",
  "rotaryScaling",
  "mixture",
  "vision",
] as const satisfies readonly Option[];

/** Experts that the kernels of a mixture take at most: their ranges are a uniform array. */
const MOST_EXPERTS = 256;
/** Of them for one token: who sorts keeps 64 tokens' choices in 16 KiB of workgroup memory. */
const MOST_PER_TOKEN = 32;

/** D, numbers per head. */
export const headDim = ({ headDim: own, width, heads }: PolicyConfig): number =>
  own ?? width / heads;

/** A shape's problem, and the field that it is about. */
export interface ShapeProblem {
  message: string;
  field: Option;
}

/** What an architecture does not have, or lacks, in words without a full stop; null: nothing. */
export function architectureProblem(policy: PolicyConfig): ShapeProblem | null {
  const name = policy.architecture ?? "llama";
  const has = HAS[name];
  const stated = (option: Option) => ![undefined, null, false].includes(policy[option] as null);
  const extra = OPTIONS.find((option) => stated(option) && !has.includes(option));
  // The usual head width may be said.
  if (extra && !(extra === "headDim" && headDim(policy) === policy.width / policy.heads)) {
    const message = `${name} has no ${extra}; leave it out or take another architecture`;
    return { message, field: extra };
  }
  if (has.includes("mixture") && !stated("mixture")) {
    return { message: `${name} has a mixture; state it`, field: "mixture" };
  }
  const { rotaryScaling, mixture, vision } = policy;
  const scaling = rotaryScaling ? scalingProblem(rotaryScaling, name) : null;
  if (scaling !== null) return { message: scaling, field: "rotaryScaling" };
  const seen = vision ? visionProblem(vision) : null;
  if (seen !== null) return { message: seen, field: "vision" };
  const mixed = mixture ? mixtureProblem(mixture, policy) : null;
  return mixed === null ? null : { message: mixed, field: "mixture" };
}

const LLAMA3 = ["factor", "lowFrequencyFactor", "highFrequencyFactor", "originalPositions"];
const YARN = ["factor", "betaFast", "betaSlow", "originalPositions"];

function scalingProblem(scaling: RotaryScaling, name: ArchitectureName): string | null {
  const { type } = scaling;
  if (type !== "llama3" && type !== "yarn") {
    return `rotaryScaling has the type ${says(type)}; llama3 and yarn are computed`;
  }
  if (type === "yarn" && name !== "gpt_oss") {
    return `YaRN's positions are computed for gpt_oss, not for ${name}`;
  }
  const numbers = type === "llama3" ? LLAMA3 : YARN;
  const values: Readonly<Record<string, unknown>> = { ...scaling };
  const wrong = numbers.find((each) => !(Number(values[each]) > 0));
  if (wrong) return `rotaryScaling.${wrong} is ${says(values[wrong])}; it is a number above 0`;
  if (type === "yarn" && typeof values.truncate !== "boolean") {
    return `rotaryScaling.truncate is ${says(values.truncate)}; it is true or false`;
  }
  return foreign("rotaryScaling", values, [
    "type",
    ...numbers,
    ...(type === "yarn" ? ["truncate"] : []),
  ]);
}

function mixtureProblem(mixture: MixtureConfig, policy: PolicyConfig): string | null {
  const values: Readonly<Record<string, unknown>> = { ...mixture };
  const counts: [string, unknown][] = [
    ["experts", mixture.experts],
    ["perToken", mixture.perToken],
    ["hidden", mixture.hidden ?? policy.hidden],
  ];
  const odd = counts.find(([, value]) => !isCount(value));
  if (odd) return `mixture.${odd[0]} is ${says(odd[1])}; it must be a whole number of at least 1`;
  const { experts, perToken, denseLayers = [], normalised } = mixture;
  if (perToken > experts) return `a token cannot choose ${perToken} of ${experts} experts`;
  if (experts > MOST_EXPERTS || perToken > MOST_PER_TOKEN) {
    return `${experts} experts, ${perToken} a token: at most ${MOST_EXPERTS}, and ${MOST_PER_TOKEN} a token, are computed`;
  }
  if (normalised !== undefined && typeof normalised !== "boolean") {
    return `mixture.normalised is ${says(normalised)}; it is true or false`;
  }
  if (!Array.isArray(denseLayers)) {
    return `mixture.denseLayers is ${says(denseLayers)}; it is a list of layers`;
  }
  return (
    foreign("mixture", values, ["experts", "perToken", "hidden", "normalised", "denseLayers"]) ??
    notChosen(mixture, policy) ??
    denseProblem(denseLayers, policy.layers)
  );
}

/** What Qwen3-MoE alone leaves to choose. */
function notChosen(mixture: MixtureConfig, policy: PolicyConfig): string | null {
  const { architecture: name = "llama", hidden } = policy;
  if (name === "qwen3_moe") return null;
  if (mixture.normalised === false) return `${name} divides by the sum of the weights`;
  if (mixture.hidden !== undefined && mixture.hidden !== hidden) {
    return `${name}'s experts are as wide as hidden: leave mixture.hidden out`;
  }
  return mixture.denseLayers?.length ? `${name} has no dense layers` : null;
}

function denseProblem(dense: readonly number[], layers: number): string | null {
  const beyond = dense.find((layer) => !(Number.isInteger(layer) && layer >= 0 && layer < layers));
  if (beyond !== undefined) return `dense layer ${says(beyond)} is not one of ${layers} layers`;
  const all = Array.from({ length: layers }, (_, layer) => dense.includes(layer));
  return all.every(Boolean) ? "every layer is dense: leave the mixture out" : null;
}

const COUNTS = [
  "imageSize",
  "patchSize",
  "channels",
  "width",
  "layers",
  "heads",
  "hidden",
] as const;

function visionProblem(vision: VisionConfig): string | null {
  const { imageSize, width, layers, heads, layerNormEps: eps = 1 } = vision;
  const { selectStrategy: strategy = "default", frozen = true } = vision;
  const whole = { channels: 3, hidden: 1, ...vision };
  const odd = COUNTS.find((name) => !isCount(whole[name]));
  const depth = towerDepth(vision);
  const wanted: readonly [keyof VisionConfig, boolean, string][] = [
    [odd ?? "width", odd === undefined, "a whole number of at least 1"],
    ["heads", width % heads === 0, `a divisor of width, ${width}`],
    ["patchSize", vision.patchSize <= imageSize, `at most imageSize, ${imageSize}`],
    [
      "featureLayer",
      isCount(depth + 1) && depth <= layers,
      `from 0 to ${layers}, or below 0 from the end`,
    ],
    ["layerNormEps", eps > 0, "a number above 0"],
    ["selectStrategy", ["default", "full"].includes(strategy), "default or full"],
    ["frozen", typeof frozen === "boolean", "true or false"],
  ];
  const [name, , it] = wanted.find(([, fine]) => !fine) ?? [];
  if (name) return `vision.${name} is ${says(vision[name])}; it is ${it}`;
  return foreign("vision", vision, [...COUNTS, ...wanted.map(([each]) => each)]);
}

/** Layers of a vision tower that are computed: those up to the one whose hidden state is taken. */
export const towerDepth = ({ layers, featureLayer: at = -2 }: VisionConfig): number =>
  at < 0 ? layers + 1 + at : at;

/** Tokens of a prompt that a picture takes: its patches, and the class token where it stays. */
export const pictureTokens = ({ imageSize, patchSize, selectStrategy }: VisionConfig): number =>
  Math.floor(imageSize / patchSize) ** 2 + (selectStrategy === "full" ? 1 : 0);

function foreign(of: string, values: object, known: readonly string[]): string | null {
  const name = Object.keys(values).find((each) => !known.includes(each));
  return name === undefined ? null : `${of} has ${name}, which is none of ${known.join(", ")}`;
}

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1;

const says = (value: unknown): string =>
  value === undefined ? "not stated" : formatValue(value as FieldValue);
