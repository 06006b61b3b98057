import { expect, test } from "vitest";
import { findings } from "../../../src/config/findings/findings.ts";
import { readPaste } from "../../../src/config/python/paste.ts";
import { allRemedies, withRemedies } from "../../../src/config/python/remedies.ts";
import { setField } from "../../../src/config/run-fields.ts";
import { runFrom } from "../../../src/config/run-from.ts";

function paste(text: string) {
  const result = readPaste(text, { base: runFrom("sort") });
  if ("problem" in result) throw new Error(result.problem);
  return result;
}

test("all remedies of Unsloth's values leave nothing to warn of", () => {
  const { run, settled } = paste(`GRPOConfig(
    per_device_train_batch_size=8, gradient_accumulation_steps=4, epsilon=3e-4, epsilon_high=4e-4,
    importance_sampling_level="sequence", loss_type="dr_grpo", max_steps=20, learning_rate=5e-6)`);
  const remedies = allRemedies(run, settled);
  expect(remedies[0]).toEqual({ steps_per_generation: 16 });
  expect(findings(run).some(({ severity }) => severity === "warning")).toBe(true);
  const left = findings(withRemedies(run, remedies)).filter(
    ({ severity, patch }) => severity !== "note" && patch !== null,
  );
  expect(left).toEqual([]);
});

test("a name that was meant comes first", () => {
  const { run, settled } = paste("GRPOConfig(epsilom=0.3, num_iterations=4)");
  const remedies = allRemedies(run, settled);
  expect(remedies[0]).toEqual({ epsilon: 0.3 });
  expect(withRemedies(run, remedies).grpo.epsilon).toBe(0.3);
});

test("what keeps the run from starting is repaired too", () => {
  const { run, settled } = paste("GRPOConfig(num_generations=6, num_iterations=2)");
  expect(findings(run)[0]?.severity).toBe("error");
  const repaired = withRemedies(run, allRemedies(run, settled));
  expect(findings(repaired).filter(({ severity }) => severity === "error")).toEqual([]);
});

test("a remedy whose finding a later one takes away is left out", () => {
  const changed = setField(runFrom("sort"), "loss_type", "dr_grpo");
  const run = setField(changed, "scale_rewards", "group");
  expect(findings(run).map(({ id }) => id)).toEqual(
    expect.arrayContaining(["dr-grpo-with-scaling", "sequence-weighs-by-length"]),
  );
  expect(allRemedies(run, [])).toEqual([{ loss_type: "grpo" }]);
});
