import { DeviceError, requestDevice, type Acquired } from "../engine/gpu/device.ts";
import { acquireAgain } from "./acquire.ts";
import { muchTaken, type Taken } from "./much-taken.ts";
import type { WorkerEvent } from "./protocol.ts";
import { SetUpLostError } from "./set-up-lost.ts";

/** Losses of the GPU in a row, without a step between them, after which it is not tried again. */
const MOST_LOSSES = 3;
/** An error may come before the news that the device is gone. */
const LOST_NEWS_MS = 250;

/** Who is told of a device. */
export interface DeviceOwner {
  /** Optimizer steps done. */
  step(): number;
  /** The device is gone; it has to be `recovered`. */
  lost(step: number, message: string): void;
  /** The GPU refused something that nobody waited for. */
  fault(error: Error): void;
}

/** The one GPU device of the worker: asked for when it is needed, and again when it was lost. */
export class DeviceHolder {
  readonly #gpu: GPU | undefined;
  readonly #owner: DeviceOwner;
  #acquired: Acquired | null = null;
  /** The device is gone and the run waits for another one. */
  #recovering = false;
  /** Destroyed by us, or to be so as soon as it is there. */
  #destroyed = false;
  #losses = 0;
  #lostAt = -1;
  /** Of the run that was set up last, where it is much; null as soon as it has done a step. */
  #untried: Taken | null = null;

  constructor(gpu: GPU | undefined, owner: DeviceOwner) {
    this.#gpu = gpu;
    this.#owner = owner;
  }

  /** Null: none was asked for yet, or it was lost. */
  get acquired(): Acquired | null {
    return this.#acquired;
  }

  /** The device; asks for one where there is none. Throws a DeviceError. */
  async get(): Promise<Acquired> {
    if (this.#acquired === null) {
      this.#acquired = await this.#acquire(this.#recovering ? acquireAgain : requestDevice);
      if (this.#destroyed) this.#acquired.device.destroy();
    }
    return this.#acquired;
  }

  async #acquire(request: typeof requestDevice): Promise<Acquired> {
    const acquired = await request(this.#gpu);
    acquired.device.addEventListener("uncapturederror", (event) => {
      this.#owner.fault(new Error((event as GPUUncapturedErrorEvent).error.message));
    });
    void acquired.device.lost.then(({ message }) => this.#lost(acquired, message));
    return acquired;
  }

  #lost(acquired: Acquired, message: string): void {
    if (this.#acquired !== acquired) return;
    const step = this.#owner.step();
    this.#acquired = null;
    this.#destroyed = false;
    this.#recovering = true;
    // Another run, or the same one taken back, may stand at an earlier step.
    this.#losses = step === this.#lostAt ? this.#losses + 1 : 1;
    this.#lostAt = step;
    this.#owner.lost(step, message);
  }

  /**
   * For tests and demonstrations: loses the device, or the next one where its recovery is under way.
   * While the present one's loss is on its way, asking again changes nothing.
   */
  destroy(): void {
    this.#destroyed = this.#acquired !== null || this.#recovering;
    this.#acquired?.device.destroy();
  }

  /** What the page is told: a run is set up, or trains. */
  hear(event: WorkerEvent): void {
    if (event.type === "planned") this.#untried = muchTaken(event.plan);
    if (event.type === "stepped" && event.reports.length > 0) this.#untried = null;
  }

  /** Throws where it is not to be asked for again by itself: too often lost, or with a large run. */
  requireAnotherTry(message: string): void {
    if (this.#untried === null && this.#losses < MOST_LOSSES) return;
    this.#recovering = false;
    if (this.#untried !== null) throw new SetUpLostError("The GPU was lost", this.#untried);
    throw new DeviceError(
      "device-lost",
      `The GPU was lost ${MOST_LOSSES} times in a row at step ${this.#lostAt}${message ? `: ${message}` : "."}`,
      "Close other programs that use the GPU, or lower per_device_train_batch_size; then go on from this step.",
    );
  }

  /** People ask for it again: earlier losses count no more. */
  tryAgain(): void {
    this.#losses = 0;
    this.#recovering = true;
  }

  /** The run is back; false where the device was lost again meanwhile, whose recovery is next. */
  recovered(): boolean {
    if (this.#acquired === null) return false;
    this.#recovering = false;
    return true;
  }

  /** No recovery is under way any more. */
  giveUp(): void {
    this.#recovering = false;
  }

  /** Whether the device is gone, and its recovery is under way. */
  async isLost(): Promise<boolean> {
    if (this.#acquired) {
      const news = new Promise((resolve) => setTimeout(resolve, LOST_NEWS_MS));
      await Promise.race([this.#acquired.device.lost, news]);
    }
    return this.#acquired === null && this.#recovering;
  }
}
