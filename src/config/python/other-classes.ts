import type { Script } from "./script.ts";
import { calleeOf } from "./syntax.ts";
import type { Named } from "./written.ts";

/** Configurations of trainers that are not GRPOTrainer, and what they are. */
const OTHERS: Readonly<Record<string, string>> = {
  AsyncGRPOConfig:
    "belongs to TRL's AsyncGRPOTrainer: another trainer, whose ratio is taken against the sampler and differs from 1 on the first step",
  RLOOConfig: "belongs to TRL's RLOOTrainer",
  SFTConfig: "belongs to TRL's SFTTrainer",
  DPOConfig: "belongs to TRL's DPOTrainer",
  PPOConfig: "belongs to TRL's PPOTrainer",
  KTOConfig: "belongs to TRL's KTOTrainer",
  RewardConfig: "belongs to TRL's RewardTrainer",
  OnlineDPOConfig: "belongs to TRL's OnlineDPOTrainer",
  GKDConfig: "belongs to TRL's GKDTrainer",
  CPOConfig: "belongs to TRL's CPOTrainer",
  ORPOConfig: "belongs to TRL's ORPOTrainer",
  PRMConfig: "belongs to TRL's PRMTrainer",
  DistillationConfig: "belongs to TRL's DistillationTrainer",
  TrainingArguments: "belongs to transformers' Trainer",
  Seq2SeqTrainingArguments: "belongs to transformers' Seq2SeqTrainer",
  LoraConfig: "belongs to PEFT's LoRA adapter",
  BitsAndBytesConfig: "belongs to a model's quantization",
  SamplingParams: "belongs to vLLM's sampler",
  GenerationConfig: "belongs to a model's sampling",
};

/** Whether a name is that of a trainer, of which only GRPO's are told from others by name. */
export const isTrainer = (name: string): boolean =>
  name.endsWith("Trainer") && !Object.hasOwn(OTHERS, name.replace(/Trainer$/, "Config"));

/** What a script configures that makes no GRPOConfig; null where it makes none of these either. */
export function otherClass({ calls, source, lineOf }: Script): Named | null {
  const ranked = Object.keys(OTHERS);
  const [found] = calls
    .map((call) => ({ call, rank: ranked.indexOf(calleeOf(call, source)) }))
    .filter(({ rank }) => rank >= 0)
    .toSorted((a, b) => a.rank - b.rank);
  if (!found) return null;
  const name = calleeOf(found.call, source);
  return {
    is: `${name} in line ${lineOf(found.call.from)} ${OTHERS[name]}. Only a GRPOConfig is read here, and there is none in this text.`,
  };
}
