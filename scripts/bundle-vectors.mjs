// `node scripts/bundle-vectors.mjs [FOLDER]`: writes public/vectors, the part of tests/fixtures that
// "Verify on this GPU" runs on the page, and index.json with the number of cases of each file.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = process.argv[2] ?? join(root, "public", "vectors");

/** @param {string} name */
const fixture = (name) =>
  JSON.parse(readFileSync(join(root, "tests", "fixtures", `${name}.json`), "utf8"));

/** @param {unknown} value */
const size = (value) => JSON.stringify(value).length;

/**
 * Numbers that are not all 0 but for rounding: a case of zeros would show little.
 * @param {any[]} values
 */
const says = (values) => values.flat(Infinity).some((value) => Math.abs(value) > 1e-6);

/**
 * The shortest of each group, in the file's order.
 * @template T
 * @param {T[]} cases
 * @param {(one: T) => string} groupOf
 */
function shortestOfEach(cases, groupOf) {
  /** @type {Map<string, T>} */
  const kept = new Map();
  for (const one of cases) {
    const group = groupOf(one);
    const best = kept.get(group);
    if (best === undefined || size(one) < size(best)) kept.set(group, one);
  }
  return [...kept.values()];
}

/** Every loss type at every level, every way to scale rewards, one case from the logits on. */
function trlLoss() {
  const { kind, batches, cases, advantage_cases, logits_cases } = fixture("trl-dev");
  const kept = shortestOfEach(
    cases.filter((/** @type {any} */ { expected }) => says(expected.grad_new_logps)),
    ({ config }) => `${config.loss_type} ${config.importance_sampling_level}`,
  );
  const used = new Set(kept.map(({ batch }) => batch));
  return {
    kind,
    batches: Object.fromEntries(Object.entries(batches).filter(([name]) => used.has(name))),
    cases: kept,
    advantage_cases: shortestOfEach(
      advantage_cases.filter((/** @type {any} */ { expected }) => says(expected.advantages)),
      ({ scale_rewards, multi_objective_aggregation }) =>
        `${scale_rewards} ${multi_objective_aggregation}`,
    ),
    logits_cases: shortestOfEach(
      logits_cases.filter((/** @type {any} */ { expected }) => says(expected.grad_logits)),
      () => "all",
    ),
  };
}

/**
 * The named cases of a file, without its prose.
 * @param {string} name
 * @param {string[]} wanted
 */
function named(name, wanted) {
  const { schema: _schema, source: _source, ...file } = fixture(name);
  return {
    ...file,
    cases: file.cases.filter((/** @type {any} */ one) => wanted.includes(one.name)),
  };
}

/**
 * Whole mixtures of transformers, one of each kind of router: softmax over the chosen experts, over all
 * without being made to sum to 1, and with biases. A gradient of all tensors for each loss would take
 * three quarters of the file: they are of the last layer's mixture for the loss alone, and of the routers
 * for the others.
 */
function mixtures() {
  const { cases, ...file } = named("models", ["mixtral_4x2", "qwen3moe_5x3_plain", "gptoss_4x2"]);
  const only = (/** @type {object} */ tensors, /** @type {RegExp} */ names) =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => names.test(name)));
  const mixture = /layers\.1\.(mlp|block_sparse_moe)\./;
  const routers = /(mlp|block_sparse_moe)\.(gate|router)\./;
  return {
    ...file,
    cases: cases.map((/** @type {any} */ { seed: _seed, checks: _checks, ...one }) => ({
      ...one,
      loss: { ...one.loss, grads: only(one.loss.grads, mixture) },
      routes: one.routes.map((/** @type {any} */ { router_logits: _logits, ...routes }) => routes),
      aux: {
        ...one.aux,
        grads_of_value_plus_coef_times_aux: only(
          one.aux.grads_of_value_plus_coef_times_aux,
          routers,
        ),
      },
      replay: { ...one.replay, grads: only(one.replay.grads, routers) },
    })),
  };
}

const files = {
  "trl-loss": trlLoss(),
  "trl-trace": named("trl-trace", ["gspo-paper", "grpo-token"]),
  llama: named("llama", ["A_untied_mha_eps1e-6"]),
  mixtures: mixtures(),
  optimizer: named("optimizer", ["D00_float64_b2_0.99_wd0.1_clip0.1"]),
};

/**
 * Ten digits: more than f32 holds, and than any tolerance asks for.
 * @param {string} _key
 * @param {unknown} value
 */
const short = (_key, value) => (typeof value === "number" ? Number(value.toPrecision(10)) : value);

mkdirSync(folder, { recursive: true });
const index = Object.entries(files).map(([name, file]) => {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(file, short)}\n`);
  const lists = Object.entries(file).filter(([key]) => /^(.*_)?cases$/.test(key));
  return { file: `${name}.json`, cases: lists.reduce((sum, [, list]) => sum + list.length, 0) };
});
writeFileSync(join(folder, "index.json"), `${JSON.stringify(index)}\n`);
