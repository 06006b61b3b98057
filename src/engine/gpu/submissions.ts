import type { Dispatch, Pass } from "./kernel.ts";
import { Cost, learn, occupied } from "./pace.ts";

/** Milliseconds that one submission is expected to take at most: no driver waits 2 s. */
const MOST_MS = 100;

/**
 * Commands on their way to the queue. All that was recorded goes in one submission where it is
 * quick; where it is not, it is cut between two dispatches, so that none is expected to take longer
 * than 100 ms: a driver resets a GPU that is busy with one for seconds, and shows nothing meanwhile.
 * What a dispatch takes is learnt from the submissions that it was in; before it was measured it has
 * one of its own.
 */
export class Submissions {
  readonly #device: GPUDevice;
  readonly #label: string;
  readonly #atCut: (encoder: GPUCommandEncoder) => (() => Promise<unknown>) | null;
  /** A dispatch is known by what it binds. */
  readonly #costs = new WeakMap<GPUBindGroup, Cost>();
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  /** Dispatches since the last submission, and what they are expected to take. */
  #held: Cost[] = [];
  #ms = 0;
  readonly #underWay = new Set<Promise<void>>();

  /**
   * `atCut`: records what is to be read where work is cut, and gives what tells when it is done;
   * null: nothing this time.
   */
  constructor(
    device: GPUDevice,
    label: string,
    atCut: (encoder: GPUCommandEncoder) => (() => Promise<unknown>) | null = () => null,
  ) {
    this.#device = device;
    this.#label = label;
    this.#atCut = atCut;
  }

  /** For copies and clears, after what was launched and before what will be. */
  get encoder(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    return (this.#encoder ??= this.#device.createCommandEncoder({ label: this.#label }));
  }

  /** Records the dispatches, after all before. */
  launch(...work: readonly Dispatch[]): void {
    for (const dispatch of work) dispatch(this.#cutting);
  }

  readonly #bound: { pipeline: GPUComputePipeline | null; group: GPUBindGroup | null } = {
    pipeline: null,
    group: null,
  };
  readonly #cutting: Pass = {
    setPipeline: (pipeline) => void (this.#bound.pipeline = pipeline),
    setBindGroup: (_, group) => void (this.#bound.group = group),
    dispatchWorkgroups: (x, y, z) => {
      const { pipeline, group } = this.#bound;
      const cost = this.#costOf(group!);
      const fits = cost.ms !== null && this.#ms + cost.ms <= MOST_MS;
      if (!fits && this.#held.length > 0) this.submit(this.#atCut(this.encoder) ?? undefined);
      const pass = (this.#pass ??= this.encoder.beginComputePass());
      pass.setPipeline(pipeline!);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(x, y, z);
      this.#held.push(cost);
      this.#ms += cost.ms ?? MOST_MS;
    },
  };

  #costOf(group: GPUBindGroup): Cost {
    let cost = this.#costs.get(group);
    if (!cost) this.#costs.set(group, (cost = new Cost()));
    return cost;
  }

  /** Submits what is recorded; `done` tells when it is done, else the queue is asked. */
  submit(done?: () => Promise<unknown>): void {
    if (this.#encoder === null) return;
    const { queue } = this.#device;
    queue.submit([this.encoder.finish()]);
    this.#encoder = null;
    const costs = this.#held;
    this.#held = [];
    this.#ms = 0;
    if (costs.length === 0 && !done) return;
    const over = occupied(queue, done ? done() : queue.onSubmittedWorkDone())
      .then((ms) => (ms === null ? undefined : learn(costs, ms)))
      .finally(() => this.#underWay.delete(over));
    this.#underWay.add(over);
  }

  /** Submits what is recorded and reads what it left. */
  read<T>(from: () => Promise<T>): Promise<T> {
    let read: Promise<T> | null = null;
    this.submit(() => (read = from()));
    return read ?? from();
  }

  /** Submissions of which nothing was heard yet. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Waits until at most so many submissions are under way. */
  async atMost(count: number): Promise<void> {
    while (this.#underWay.size > count) await Promise.race(this.#underWay);
  }
}
