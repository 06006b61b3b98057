import type { RunConfig } from "../config/types.ts";
import type { Family } from "../engine/gpu/family.ts";
import { chooseFamily } from "../engine/layers/choose-family.ts";
import { checkedPlan, type MemoryPlan } from "../engine/run/memory-plan.ts";
import { createRun, type Run } from "../engine/run/run.ts";
import type { StoredRun } from "../runs/stored-run.ts";
import { fetchWarmStart } from "./warm-start.ts";
import type { DeviceHolder } from "./device-holder.ts";
import type { WorkerEvent } from "./protocol.ts";
import type { SessionHost } from "./session.ts";

/** Main memory for checkpoints of past steps. */
const PAST_BYTES = 64 * 2 ** 20;

/** Does what makes a run somebody's; where that fails, the run is nobody's and destroyed. */
export async function orDestroy<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    run.destroy();
    throw error;
  }
}

/** Sets runs up on the worker's device, and says what they are. */
export class RunFactory {
  readonly #host: SessionHost;
  readonly device: DeviceHolder;
  readonly #post: (event: WorkerEvent) => void;
  /** Where the page lies, to find `checkpoints/` beside it. */
  base = "";

  constructor(host: SessionHost, device: DeviceHolder, post: (event: WorkerEvent) => void) {
    this.#host = host;
    this.device = device;
    this.#post = post;
  }

  /** `family`: what a run began with goes on; left out: what is faster on this adapter. */
  async build(config: RunConfig, family?: Family): Promise<Run> {
    const { device } = await this.device.get();
    const weights = config.warmStart ? await fetchWarmStart(this.base, config.warmStart) : null;
    return createRun({
      device,
      config,
      family: family ?? (await this.measured(device)),
      weights,
      pastBytes: PAST_BYTES,
      progress: (what, done, total) => this.#post({ type: "progress", what, done, total }),
      planned: (plan) => this.#post({ type: "planned", plan }),
    });
  }

  /**
   * What a run would hold on the GPU; nothing of it is built, and no step of a run that trains waits
   * for it. Throws a UserError where it is refused.
   */
  async plan(config: RunConfig): Promise<MemoryPlan> {
    const { device } = await this.device.get();
    return checkedPlan({ device, matmul: await this.measured(device) }, config);
  }

  /** The family that is faster on this adapter. */
  readonly measured = (device: GPUDevice): Promise<Family> => {
    const { build, families: cache = null } = this.#host;
    return chooseFamily(device, { build, cache });
  };

  /** What is stored of a run beside its configuration. */
  factsOf({
    family,
    parameters,
    totalSteps,
  }: Run): Pick<StoredRun, "build" | "adapter" | "family" | "parameters" | "totalSteps"> {
    const { build } = this.#host;
    return { build, adapter: this.device.acquired?.name ?? "", family, parameters, totalSteps };
  }

  /** Tells the page of a run that was set up. */
  postLoaded(run: Run, config: RunConfig): void {
    const { name = "", software = false } = this.device.acquired ?? {};
    const adapter = { name, software, family: run.family };
    const { parameters, bytes, totalSteps, stepsPerGeneration } = run;
    const facts = { parameters, bytes, totalSteps, stepsPerGeneration };
    this.#post({ type: "loaded", run: config, adapter, ...facts });
  }
}
