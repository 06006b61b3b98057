import { field } from "../../config/schema.ts";
import { stepPlan } from "../../config/step-plan.ts";
import { armConfig, type ArmConfig, type GRPOConfig, type RunConfig } from "../../config/types.ts";
import { type Arm, createArm } from "../training/arm.ts";
import {
  CHECKPOINT_VERSION,
  type RunCheckpoint,
  type AnyRunCheckpoint,
  upgradeCheckpoint,
} from "../training/checkpoint.ts";
import type { Counterfactual } from "../training/counterfactual.ts";
import { DivergedError } from "../training/diverged.ts";
import { type Family, FORMER_FAMILY, setFamily } from "../gpu/family.ts";
import { withinMemory } from "../gpu/limits.ts";
import { chooseFamily } from "../layers/choose-family.ts";
import { checkPlan, memoryPlan, type MemoryPlan } from "./memory-plan.ts";
import { createPast, type Past } from "../history/past.ts";
import { UserError } from "../../base/user-error.ts";
import {
  initialParameters,
  packParameters,
  parameterLayout,
  unpackTensors,
} from "../policy/parameters.ts";
import type { Tensor } from "../policy/safetensors.ts";
import { otherClip } from "../training/other-clip.ts";
import type { OtherClip, StepRecord, StepReport } from "../../record/record.ts";
import type { RunArm } from "./run-arm.ts";
import { requireRunnable } from "../training/runnable.ts";
import { policyShape } from "../policy/shape-of.ts";
import { checkedTask } from "../../tasks/checked-task.ts";
import { task as taskOf } from "../../tasks/registry.ts";
import type { Task } from "../../tasks/task.ts";

/** What a run is made of. */
export interface RunOptions {
  device: GPUDevice;
  /** As `runFrom` makes it. */
  config: RunConfig;
  /**
   * A task of one's own, or one with other rewards (`withRewards`); `config.task` is its id. Left
   * out: the task of that id among `tasks`. Checkpoints do not hold it: hand it in again.
   */
  task?: Task;
  /** How products are computed; left out: what is faster on the device. A stored run keeps its own. */
  family?: Family;
  /** Weights that every arm starts from; null: random ones by the seed. */
  weights: Readonly<Record<string, Tensor>> | null;
  /** Told what is being set up, and how many arms of how many are. */
  progress?: (what: string, done: number, total: number) => void;
  /** Told what the run will hold on the GPU, before any of it is allocated. */
  planned?: (plan: MemoryPlan) => void;
  /** Bytes of main memory for checkpoints, so that past steps can be reached; 0: none can. */
  pastBytes?: number;
}

/** Arms that train in lockstep: same initial weights, same prompts, same random numbers. */
export type Run = Awaited<ReturnType<typeof createRun>>;

/**
 * Sets a run up on the device: buffers, kernels, initial weights. Nothing is allocated or compiled
 * afterwards. Throws a UserError when the configuration cannot run.
 *
 * A task of one's own is called for every prompt and completion; where one of its functions throws, a
 * step ends in the middle, in one arm and not in the other: go on from `reset` or `restore`.
 */
export async function createRun(options: RunOptions) {
  const { device, config, weights, progress, planned, pastBytes = 0 } = options;
  let run = config;
  const own = options.task ? checkedTask(options.task, run.difficulty) : null;
  requireRunnable(run, own);
  const family = options.family ?? (await chooseFamily(device));
  setFamily(device, family);
  const memory = await memoryPlan(device, run, family, own);
  await checkPlan(device, run, memory, family, own);
  planned?.(memory);
  const task = own ?? taskOf(run.task);
  const shape = policyShape(run, task);
  const layout = parameterLayout(shape);
  const initial = weights
    ? packParameters(layout, checkedWeights(layout.tensors, weights))
    : initialParameters(shape, run.grpo.seed);

  const arms: Arm[] = [];
  for (const arm of run.arms) {
    progress?.(`Preparing the ${arm.name} arm`, arms.length, run.arms.length);
    const setup = { device, run, arm, task, shape, initial };
    arms.push(await withinMemory(device, () => createArm(setup)));
  }
  for (const arm of arms) arm.reset();
  progress?.("Ready", arms.length, arms.length);
  const plan = stepPlan(armConfig(run, run.arms[0]!), run.datasetSize);
  let step = 0;
  const past = pastBytes > 0 ? createPast(pastBytes) : null;
  /** Arms that stand at `step`: their past begins here. */
  const beginPast = (): void => {
    past?.clear();
    for (const arm of arms) past?.begin(arm, step);
  };
  beginPast();
  const armNamed = (name: string): Arm => {
    const arm = arms.find((each) => each.name === name);
    if (!arm) throw new UserError(`The run has no arm named "${name}".`, "Choose one that it has.");
    return arm;
  };
  const remembered = (): Past => {
    if (past === null) {
      throw new UserError("This run keeps no past.", "Ask about its newest step.");
    }
    return past;
  };

  /** A step of every arm: all of them are on the GPU before one of them is waited for. */
  async function stepAll<T>(take: (arm: Arm, clip: OtherClip | null) => Promise<T>): Promise<T[]> {
    // Of all arms as they are set now: one that is set anew meanwhile is so from its next step on.
    const clips = arms.map((arm) => otherClip(arm, arms));
    arms.forEach((arm, i) => past?.judged(arm, step, clips[i]!));
    // All arms end the step, also when one of them diverges: none is left in the middle of it.
    const outcomes = await Promise.allSettled(arms.map((arm, i) => take(arm, clips[i]!)));
    const taken: T[] = [];
    const faults: unknown[] = [];
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") taken.push(outcome.value);
      else faults.push(outcome.reason);
    }
    // A diverged step counts, in every arm.
    if (faults.every((fault) => fault instanceof DivergedError)) {
      step++;
      // A checkpoint that cannot be read (the device is lost) is missed when it is asked for.
      if (past) for (const arm of arms) past.keep(arm, step).catch(() => undefined);
    }
    if (faults.length > 0) throw faults[0];
    return taken;
  }

  /** Takes an arm elsewhere for an answer; it then goes on as if nothing had been asked. */
  async function aside<T>(arm: Arm, ask: () => Promise<T>): Promise<T> {
    const now = await arm.checkpoint();
    try {
      return await ask();
    } finally {
      arm.restore(now);
    }
  }

  return {
    /** As it was set up, forks included; fields that were changed since are not in it. */
    get config(): RunConfig {
      return run;
    },
    /** Weights of one arm's policy. */
    parameters: layout.count,
    /** Optimizer steps until `max_steps`, or the last epoch's end. */
    totalSteps: plan.totalSteps,
    /** Optimizer steps from one rollout to the next, on average. */
    stepsPerGeneration: plan.optimizerStepsPerGeneration,
    /** In the configuration's order, forks after them. */
    get arms(): readonly RunArm[] {
      return arms;
    },
    /** How its products are computed: the same bits need the same. */
    family,

    /** Optimizer steps done by every arm. */
    get step(): number {
      return step;
    },
    /** Bytes on the GPU, all arms together. */
    get bytes(): number {
      return arms.reduce((sum, arm) => sum + arm.bytes, 0);
    },
    /** The next step of every arm begins with a rollout. */
    get atGenerationEnd(): boolean {
      return arms.every((arm) => arm.atGenerationEnd);
    },
    /** The next step rolls out, before it or in it. */
    get rollsOut(): boolean {
      return arms.some((arm) => arm.rollsOut);
    },

    /** One optimizer step of every arm. Throws DivergedError; the weights are then the last good ones. */
    advance: (): Promise<StepRecord[]> => stepAll((arm, clip) => arm.advance(clip)),

    /** The same, to the same bits, for who wants metrics only: no records are copied out. */
    advanceUnrecorded: (): Promise<StepReport[]> =>
      stepAll((arm, clip) => arm.advanceUnrecorded(clip)),

    /**
     * The records of step `at` of every arm, as `advance` gives them, though no record of it was
     * wanted then: the last step is taken again, an earlier one is reached again, and every arm then
     * goes on as if nothing had been asked. Arms that have no such step are left out.
     */
    async records(
      at: number,
      progress: (done: number, total: number) => void = () => undefined,
    ): Promise<StepRecord[]> {
      if (at === step) {
        const last = await Promise.all(arms.map((arm) => arm.lastRecord()));
        return last.filter((record) => record !== null);
      }
      const known = remembered();
      const records: StepRecord[] = [];
      for (const arm of arms.filter((each) => at < step && known.earliest(each) < at)) {
        const record = await aside(arm, async () => {
          await known.reach(arm, at, 1, progress);
          return arm.lastRecord();
        });
        if (record !== null) records.push(record);
      }
      return records;
    },

    /**
     * Sets fields of one arm, or of all; returns the step from which they hold at the earliest.
     * Fields that need a new run are refused with a UserError.
     */
    change(name: string | null, fields: Partial<GRPOConfig>): number {
      const entries = Object.entries(fields);
      const fixed = entries.find(([key]) => field(key).effect === "restart");
      if (fixed) {
        throw new UserError(
          `${fixed[0]} is fixed while a run lasts.`,
          "Reset with the new value to train with it.",
          [fixed[0]],
        );
      }
      const chosen = arms.filter((arm) => name === null || arm.name === name);
      const effect = (wanted: string): Partial<GRPOConfig> =>
        Object.fromEntries(entries.filter(([key]) => field(key).effect === wanted));
      const change = { step, live: effect("live"), atRollout: effect("next-generation") };
      for (const arm of chosen) {
        arm.change(change.live, change.atRollout);
        past?.changed(arm, change);
      }
      return step + 1;
    },

    /** Throws a UserError where `arm` cannot be forked from arm `of` as it stood after `at` steps. */
    checkFork(of: string, arm: ArmConfig, at = step): void {
      const parent = armNamed(of);
      requireRunnable({ ...run, arms: [...run.arms, arm] }, own);
      if (at < step && remembered().earliest(parent) > at) {
        throw new UserError(
          `The ${of} arm begins at step ${past?.earliest(parent)}: it cannot be forked at step ${at}.`,
          "Choose a later step.",
        );
      }
    },

    /**
     * Adds an arm that goes on from where arm `of` stands, with `arm`'s overrides on top of its
     * configuration: same weights, optimizer state, reference and rollout, same random numbers.
     */
    async fork(of: string, arm: ArmConfig): Promise<void> {
      this.checkFork(of, arm);
      const parent = armNamed(of);
      const forked = { ...run, arms: [...run.arms, arm] };
      setFamily(device, family);
      const made = await createArm({ device, run: forked, arm, task, shape, initial });
      made.takeOver(parent.state);
      arms.push(made);
      run = forked;
      past?.begin(made, step);
    },

    /**
     * What the other level would have done in step `at` of an arm, whose weights are perhaps long
     * gone: that step is reached again, and the arm then goes on as if nothing had been asked.
     */
    async counterfactual(
      name: string,
      at: number,
      progress: (done: number, total: number) => void = () => undefined,
    ): Promise<Counterfactual> {
      const arm = armNamed(name);
      if (at === step && (arm.retakable || past === null)) return arm.counterfactual();
      const known = remembered();
      return aside(arm, async () => {
        await known.reach(arm, at, 1, progress);
        return arm.counterfactual();
      });
    },

    /**
     * Back to where every arm stood after `to` steps, before the changes that followed. What came
     * after is forgotten, arms that were forked later included; the arms that are left are returned,
     * with what they are set to now.
     */
    async rewind(
      to: number,
      progress: (done: number, total: number) => void = () => undefined,
    ): Promise<ArmConfig[]> {
      const known = remembered();
      const kept = arms.filter((arm) => known.earliest(arm) <= to);
      if (kept.length === 0) {
        throw new UserError(
          `The run cannot go back to step ${to}: it begins at step ${Math.min(...arms.map(known.earliest))}.`,
          "Choose a later step.",
        );
      }
      for (const arm of kept) await known.reach(arm, to, 0, progress);
      for (const arm of arms) if (!kept.includes(arm)) arm.destroy();
      arms.splice(0, arms.length, ...kept);
      known.forgetAfter(to);
      run = { ...run, arms: run.arms.filter(({ name }) => kept.some((arm) => arm.name === name)) };
      step = to;
      return run.arms.map((each) => ({
        ...each,
        overrides: differing(run.grpo, armNamed(each.name)),
      }));
    },

    /**
     * The weights of an arm as they are now, by transformers' names: what `encodeSafetensors` writes
     * and another run takes as its `weights`.
     */
    weights: async (name: string): Promise<Record<string, Tensor>> =>
      unpackTensors(layout, await armNamed(name).weights()),

    /** Where the run stands between two steps; the steps that follow need not wait for it. */
    async checkpoint(): Promise<RunCheckpoint> {
      const now = { version: CHECKPOINT_VERSION, run, step, family } as const;
      return { ...now, arms: await Promise.all(arms.map((arm) => arm.checkpoint())) };
    },

    /**
     * Goes on from a checkpoint of the run of the same configuration, which was perhaps trained
     * elsewhere or by an older version: on the same adapter, as if it had never stopped.
     */
    restore(stored: AnyRunCheckpoint): void {
      const checkpoint = upgradeCheckpoint(stored);
      const names = checkpoint.arms.map(({ arm }) => arm.name).join(", ");
      const own = arms.map(({ name }) => name).join(", ");
      if (names !== own) {
        throw new UserError(
          `The checkpoint has the arms ${names}; the run has ${own}.`,
          "Set the run up from the checkpoint's own configuration.",
        );
      }
      const trained = checkpoint.family ?? FORMER_FAMILY;
      if (trained !== family) {
        throw new UserError(
          `The checkpoint was trained with ${trained} tiles; the run has ${family} tiles, and other last digits.`,
          `Set the run up with the family "${trained}".`,
        );
      }
      arms.forEach((arm, i) => arm.restore(checkpoint.arms[i]!));
      step = checkpoint.step;
      beginPast();
    },

    /** Back to step 0 with the same initial weights. */
    reset(): void {
      for (const arm of arms) arm.reset();
      step = 0;
      beginPast();
    },

    /** Frees what it holds on the GPU; the device stays the caller's. */
    destroy(): void {
      for (const arm of arms) arm.destroy();
    },
  };
}

/** What an arm is set to beyond what all arms share, changes that wait for a rollout included. */
function differing(shared: GRPOConfig, { state }: Arm): Partial<GRPOConfig> {
  const own: GRPOConfig = { ...state.config, ...state.pending };
  const before = new Map<string, unknown>(Object.entries(shared));
  return Object.fromEntries(
    Object.entries(own).filter(([name, value]) => before.get(name) !== value),
  );
}

function checkedWeights(
  tensors: readonly { name: string; shape: readonly number[] }[],
  weights: Readonly<Record<string, Tensor>>,
): Record<string, Float32Array> {
  return Object.fromEntries(
    tensors.map(({ name, shape }) => {
      const given = weights[name];
      if (!given || given.shape.join() !== shape.join()) {
        throw new UserError(
          `The warm start ${given ? `has ${name} as ${given.shape.join("×")}` : `lacks ${name}`}; this policy needs ${shape.join("×")}.`,
          "Keep the preset's policy and task, or set warmStart to null to start from random weights.",
          ["warmStart", "layers", "width", "heads", "kvHeads", "hidden", "tied"],
        );
      }
      return [name, given.data];
    }),
  );
}
