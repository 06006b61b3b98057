import { expect, test } from "vitest";
import { openSession } from "../support/session.ts";
import { smallRun } from "../support/small-run.ts";

// The short form of `node scripts/soak.mjs steps`.
const STEPS = 120;

const tiny = smallRun({
  per_device_train_batch_size: 4,
  steps_per_generation: 1,
  num_iterations: 2,
  num_generations: 4,
  max_completion_length: 2,
  max_steps: STEPS,
});

test(`${STEPS} steps hold as many GPU buffers and bytes at their end as after the first ones`, async () => {
  /** Sizes of the buffers that nobody has destroyed. */
  const live = new Map<GPUBuffer, number>();
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  GPUDevice.prototype.createBuffer = function (options) {
    const buffer = createBuffer.call(this, options);
    live.set(buffer, options.size);
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    live.delete(this);
    return destroy.call(this);
  };
  const held = () => ({
    buffers: live.size,
    bytes: [...live.values()].reduce((sum, size) => sum + size, 0),
  });
  try {
    const session = openSession(`steady ${crypto.randomUUID()}`);
    session.send({ type: "open", base: "http://localhost/" });
    await session.ask({ type: "load", run: tiny }, "loaded");
    await session.ask({ type: "step", steps: 40 }, "idle");
    const early = held();
    await session.ask({ type: "play" }, "idle");
    const steps = session.events.flatMap((event) =>
      event.type === "stepped" ? event.reports : [],
    );
    expect(steps.at(-1)?.step).toBe(STEPS);
    expect(early.bytes).toBeGreaterThan(0);
    expect(held()).toEqual(early);
  } finally {
    Object.assign(GPUDevice.prototype, { createBuffer });
    Object.assign(GPUBuffer.prototype, { destroy });
  }
});
