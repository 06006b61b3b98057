import { presets } from "./presets.ts";

// Apart from the runs themselves: only who chooses one reads them, and no worker does.

/** What there is to see in a preset's run, in one or two sentences, by its id. */
const SENTENCES: Readonly<Record<string, string>> = {
  "four-passes":
    "A rollout of 64 completions, gone through four times: every inner step k shows the same rows, and how far each has moved. It learns as much a step as Sort, off-policy ×4, whose steps are half as large.",
  sort: "Every rollout serves four optimizer steps, so ratios leave 1 from the second one on; the two arms differ in the level of their ratio and in an ε that suits it.",
  "sort-light":
    "For a phone, or a computer without a GPU: 16 completions a step where Sort, off-policy ×4 has 32, in less than half of the memory that Sort, four passes takes.",
  reverse: "Digits in reverse order: the last digit read is the first one written.",
  add: "Short answers in which one wrong carry spoils every digit after it.",
  copy: "The simplest answer there is: where the policy is sure, ratios hardly move.",
  count: "Completions of very different length: the geometric mean narrows long rows the most.",
  brackets: "Close what is open: distractions in the prompt, one to four tokens in the answer.",
  parity:
    "Long completions: one slip in the working changes the answer, and many token ratios average into one.",
  "gspo-paper":
    "ε of 3e-4 and 4e-4 over four mini-batches, as in the paper. They belong to its learning rates: a toy's steps move a sequence ratio a hundred times further, so they clip most rows here.",
  "grpo-classic":
    "Token ratios, ε of 0.2 and a KL term of 0.04 towards the warm start, whose policy stays frozen.",
  "trl-defaults":
    "One optimizer step per rollout: every ratio is exactly 1, nothing is clipped, and both arms do the same. Only the learning rate, its schedule and the lengths are the toy's.",
  "unsloth-gspo":
    "The published values, learning rate included; only max_completion_length is the toy's instead of 1024. steps_per_generation equals gradient_accumulation_steps, so every ratio is 1 and sequence level changes nothing.",
  "from-scratch":
    "No warm start: partial credit for the letter and for the length is enough to find the answer.",
  "sort-solved":
    "A warm start that is too good: in most groups every completion earns the same, so every advantage is 0 and nothing is learnt from them.",
  "count-dots":
    "As in LLaVA: a picture goes through a frozen CLIP tower and a projector that learns.",
  "find-mark":
    "Which row and which column: each right word and number earns its share, so both arms climb fast.",
  "unsloth-vlm":
    "What the snippet was published for, a policy that sees: its values, learning rate included, on pictures of dots. As without pictures, every ratio is 1.",
  "moe-sort":
    "Eight experts a layer, two a token, as in Qwen3-MoE: an update flips the experts of some tokens. One arm replays those of the rollout (R2).",
  "moe-deep":
    "Six layers of eight experts: the more routers a token passes, the likelier one of them flips.",
  "gpt-oss-style":
    "gpt-oss's blocks: attention sinks, a window in every second layer, biases, clamped SwiGLU and YaRN's positions; four experts, two a token.",
};

/** Every preset as it is offered. */
export const offeredPresets = presets.map(({ id, title }) => {
  const sentence = SENTENCES[id];
  if (sentence === undefined) throw new Error(`nothing is said of the preset ${id}`);
  return { id, title, sentence };
});
