import { expect, test } from "vitest";
import { createRun } from "../../../src/engine/run/run.ts";
import { expectClose } from "../../support/numeric.ts";
import { sharedDevice } from "../../support/shared-device.ts";
import { smallRun } from "../../support/small-run.ts";

const device = sharedDevice();

test("decay_norms_and_biases decays the norms too, and nothing else changes", async () => {
  const [learning_rate, weight_decay] = [0.01, 0.5];
  const after = async (decay_norms_and_biases: boolean) => {
    const run = await createRun({
      device: device(),
      weights: null,
      config: smallRun({
        ...{ learning_rate, weight_decay, decay_norms_and_biases },
        ...{ lr_scheduler_type: "constant", warmup_steps: 0, warmup_ratio: 0 },
      }),
    });
    await run.advance();
    const weights = await run.weights("token");
    run.destroy();
    return weights;
  };
  const [apart, all] = [await after(false), await after(true)];
  for (const [name, { data }] of Object.entries(apart)) {
    if (!name.endsWith("norm.weight")) {
      expect(all[name]!.data, name).toEqual(data);
      continue;
    }
    // A norm starts at 1, and its gradient is the same.
    expectClose(
      [...all[name]!.data],
      [...data].map((value) => value - learning_rate * weight_decay),
      { rtol: 1e-6 },
    );
  }
});
