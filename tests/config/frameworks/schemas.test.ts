import { describe, expect, test } from "vitest";
import { foreignText } from "../../../src/config/frameworks/find.ts";
import { statedIn } from "../../../src/config/frameworks/keys.ts";
import { targets, writeFor } from "../../../src/config/frameworks/targets.ts";
import { environmentOf } from "../../../src/config/shell/environment.ts";
import { fc } from "../../support/fuzz.ts";
import { configuration } from "./configuration.ts";
import { axolotl } from "./schemas/axolotl.ts";
import { msSwift } from "./schemas/ms-swift.ts";
import { nemoRL } from "./schemas/nemo-rl.ts";
import { openrlhf } from "./schemas/openrlhf.ts";
import { slime } from "./schemas/slime.ts";
import { verl, verlMegatron } from "./schemas/verl.ts";

/** What each form may have, by those who read it. */
const SCHEMAS: Readonly<Record<string, ReadonlySet<string>>> = {
  verl,
  "verl-megatron": verlMegatron,
  "verl-yaml": verl,
  "ms-swift": msSwift,
  "ms-swift-yaml": msSwift,
  axolotl,
  "nemo-rl": nemoRL,
  openrlhf,
  slime,
};

/** Of the launcher and of Hydra itself, its groups among them: no settings. */
const LAUNCH = /^(hydra\.|defaults$|model_engine$|num_processes$|[A-Z][A-Z_]*$)/;

/** Fields that round trips leave out, for what writes them has conditions of its own. */
const others = fc.record(
  {
    use_vllm: fc.boolean(),
    vllm_importance_sampling_correction: fc.boolean(),
    vllm_importance_sampling_mode: fc.constantFrom(
      "token_truncate",
      "token_mask",
      "sequence_truncate",
      "sequence_mask",
    ),
    vllm_importance_sampling_clip_max: fc.constantFrom(2, 5),
    vllm_importance_sampling_clip_min: fc.constantFrom(0, 0.5),
    router_replay: fc.constantFrom("none", "R2", "R3"),
    sync_ref_model: fc.boolean(),
    max_steps: fc.constantFrom(-1, 400),
    max_prompt_length: fc.constantFrom(null, 512),
    multi_objective_aggregation: fc.constantFrom("sum_then_normalize", "normalize_then_sum"),
    reward_weights: fc.constantFrom(null, [1, 0.5]),
    top_entropy_quantile: fc.constantFrom(1, 0.2),
    num_processes: fc.constantFrom(1, 8),
    adam_epsilon: fc.constantFrom(1e-8, 1e-15),
    lr_scheduler_kwargs: fc.constantFrom(null, { min_lr_rate: 0.1 }, { num_cycles: 2 }),
    sapo_temperature_pos: fc.constantFrom(1, 2),
    sapo_temperature_neg: fc.constantFrom(1.05, 3),
    min_p: fc.constantFrom(null, 0.1),
    repetition_penalty: fc.constantFrom(1, 1.1),
  },
  { requiredKeys: [] },
);

/** All keys that a text in a form has, its fixed lines' too. */
function keysIn(name: string, text: string): string[] {
  const from = targets[name]?.framework ?? "";
  const found = foreignText(text, { from }, environmentOf());
  if (found === null) throw new Error(`no settings in\n${text}`);
  return statedIn(found.maps).map(({ key }) => key);
}

/** Keys below one that takes anything: `override_optimizer_config: {}`. */
const isIn = (schema: ReadonlySet<string>, key: string): boolean =>
  schema.has(key) ||
  /\.(override_optimizer_config|kwargs)\./.test(key) ||
  (/^datasets\b/.test(key) && schema.has("datasets"));

test("every form has its schema", () => {
  expect(Object.keys(SCHEMAS)).toEqual(Object.keys(targets));
});

describe.each(Object.entries(SCHEMAS))("%s", (name, schema) => {
  test("whatever is written is a setting of its schema", () => {
    fc.assert(
      fc.property(configuration, others, (drawn, more) => {
        const values = { ...drawn, ...more };
        const text = writeFor(name, values, { name: "TRL", told: [] })?.text ?? "";
        const keys = keysIn(name, text).filter((key) => !LAUNCH.test(key));
        expect(keys.length).toBeGreaterThan(10);
        expect(
          keys.filter((key) => !isIn(schema, key)),
          text,
        ).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
