import { formatValue } from "../parse-field.ts";
import { processCount, processesOf } from "../processes.ts";
import { setField } from "../run-fields.ts";
import type { GRPOConfig, RunConfig } from "../types.ts";
import type { Settled } from "../python/settle.ts";
import type { PlainValue } from "../python/written.ts";
import { withoutComments } from "./without-comments.ts";

const NAMES =
  /\b(PatchFastRL|PatchFast\w+|FastLanguageModel|FastVisionModel|FastModel|UnslothGRPOConfig|UnslothGRPOTrainer|unsloth_train)\b/;
const FIELDS = /\b(vllm_sampling_params|unsloth_num_chunks|unsloth_\w+)["']?\s*[=:]/;

/** What shows that a text is Unsloth's, e.g. "it imports unsloth"; null where nothing does. */
export function unslothSign(source: string): string | null {
  const code = withoutComments(source);
  if (/^\s*(import|from)\s+unsloth/m.test(code)) return "it imports unsloth";
  const [, name] = NAMES.exec(code) ?? [];
  if (name !== undefined) return `it names ${name}`;
  const [, field] = FIELDS.exec(code) ?? [];
  return field === undefined ? null : `it sets ${field}, which only Unsloth has`;
}

/** What Unsloth makes of a configuration before TRL sees it. */
export interface Rewritten {
  run: RunConfig;
  /** Fields that hold what Unsloth wrote, whatever the text says. */
  overwritten: readonly (keyof GRPOConfig)[];
  /** Fields that Unsloth may overwrite: it depends on one that was not read. */
  unread: readonly (keyof GRPOConfig)[];
  notes: string[];
}

interface Given {
  unread: ReadonlySet<string>;
  /** What the text writes for scale_rewards, where it does: True and "group" are told apart. */
  scaleRewards: PlainValue | undefined;
}

type Rewrite = (run: RunConfig, given: Given) => Rewritten | null;

/** Applies what Unsloth's generated configuration does when it is made, each part said. */
export function rewriteAsUnsloth(run: RunConfig, given: Given): Rewritten {
  const start: Rewritten = { run, overwritten: [], unread: [], notes: [] };
  return [dapo, drGRPO, batch].reduce((before, rewrite) => {
    const change = rewrite(before.run, given);
    if (change === null) return before;
    return {
      run: change.run,
      overwritten: [...before.overwritten, ...change.overwritten],
      unread: [...before.unread, ...change.unread],
      notes: [...before.notes, ...change.notes],
    };
  }, start);
}

const mayChange = (
  run: RunConfig,
  unread: readonly (keyof GRPOConfig)[],
  because: string,
): Rewritten => ({
  run,
  overwritten: [],
  unread,
  notes: [`Unsloth may overwrite ${unread.join(" and ")}: that depends on ${because}.`],
});

const dapo: Rewrite = (run, { unread }) => {
  const fields = ["epsilon_high", "mask_truncated_completions"] as const;
  if (unread.has("loss_type")) return mayChange(run, fields, "loss_type, which was not read");
  if (run.grpo.loss_type !== "dapo") return null;
  const changed = setField(setField(run, fields[0], 0.28), fields[1], true);
  return {
    run: changed,
    overwritten: fields,
    unread: [],
    notes: [
      "Unsloth sets epsilon_high to 0.28 and mask_truncated_completions to true under loss_type dapo, whatever the text says.",
    ],
  };
};

const drGRPO: Rewrite = (run, { unread, scaleRewards }) => {
  if (unread.has("loss_type") || unread.has("scale_rewards")) {
    return scaleRewards === true ? mayChange(run, ["scale_rewards"], "what was not read") : null;
  }
  const { loss_type, scale_rewards } = run.grpo;
  if (loss_type !== "dr_grpo" || scale_rewards === "none") return null;
  if (scaleRewards === true) {
    return {
      run: setField(run, "scale_rewards", "none"),
      overwritten: ["scale_rewards"],
      unread: [],
      notes: [
        "Unsloth sets scale_rewards to False under loss_type dr_grpo, where the text has True.",
      ],
    };
  }
  return {
    run,
    overwritten: [],
    unread: [],
    notes: [
      `Unsloth turns only scale_rewards=True off under loss_type dr_grpo; "${scale_rewards}" stays, and with it the division by the standard deviation.`,
    ],
  };
};

const SIZES = [
  "gradient_accumulation_steps",
  "per_device_train_batch_size",
  "num_generations",
] as const;

const batch: Rewrite = (run, { unread }) => {
  const processes = processesOf(run.grpo);
  const unknown = SIZES.filter((name) => unread.has(name));
  if (unknown.length > 0) {
    return mayChange(run, ["per_device_train_batch_size"], `${unknown.join(" and ")}, not read`);
  }
  const {
    gradient_accumulation_steps: GA,
    per_device_train_batch_size: B,
    num_generations: G,
  } = run.grpo;
  if ((GA * processes * B) % G === 0) return null;
  const product = processes === 1 ? `${B} × ${GA}` : `${B} × ${processCount(processes)} × ${GA}`;
  return {
    run: setField(run, "per_device_train_batch_size", G),
    overwritten: ["per_device_train_batch_size"],
    unread: [],
    notes: [
      `Unsloth sets per_device_train_batch_size to num_generations (${G}): ${product} is not divisible by it.`,
    ],
  };
};

/** The settings with what Unsloth wrote over them in force. */
export const withOverwritten = (
  settled: readonly Settled[],
  { run, overwritten }: Rewritten,
): Settled[] =>
  settled.map((each) => {
    const name = overwritten.find((field) => field === each.name);
    if (name === undefined || each.outcome === "unknown") return each;
    const used = run.grpo[name];
    if (JSON.stringify(used) === JSON.stringify(each.used)) return each;
    return {
      ...each,
      outcome: "applied",
      used,
      note: `Unsloth makes it ${formatValue(used ?? null)}.`,
    };
  });
