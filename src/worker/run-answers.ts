import type { Progress } from "../base/progress.ts";
import { UserError } from "../base/user-error.ts";
import type { Family } from "../engine/gpu/family.ts";
import type { Run } from "../engine/run/run.ts";
import { policyArchive } from "./policy-archive.ts";
import type { Replies, Request, WorkerEvent } from "./protocol.ts";
import type { RunFactory } from "./run-factory.ts";
import type { RunJournal } from "./run-journal.ts";
import type { RunStorage } from "./run-storage.ts";
import type { Ready } from "./session-state.ts";
import type { TrainingLoop } from "./training-loop.ts";
import { verifyAdapter } from "./verify-adapter.ts";

/** Requests that leave the run in place. */
type AnsweredRequest = Exclude<Request, { type: "load" | "resume" }>;
type RunRequest = Exclude<AnsweredRequest, { type: "plan" | "verify" }>;

/** Who hears of what an answer does to the run. */
export interface AnswersOwner {
  post(event: WorkerEvent): void;
  /** The run that was taken back goes on as one of its own, in this journal. */
  branched(journal: RunJournal): void;
}

/** Answers what is asked of the adapter, and of a run, which stands still for it. */
export class RunAnswers {
  readonly #owner: AnswersOwner;
  readonly #factory: RunFactory;
  readonly #loop: TrainingLoop;
  readonly #storage: RunStorage;

  constructor(owner: AnswersOwner, factory: RunFactory, loop: TrainingLoop, storage: RunStorage) {
    this.#owner = owner;
    this.#factory = factory;
    this.#loop = loop;
    this.#storage = storage;
  }

  /** Throws a UserError where it cannot be done; the run is then as it was. */
  async answer(
    request: AnsweredRequest,
    ready: Ready | null,
  ): Promise<Replies[AnsweredRequest["type"]]> {
    if (request.type === "plan") return this.#factory.plan(request.run);
    if (ready) await this.#standStill(ready.run);
    if (request.type === "verify") return this.#verify(ready?.run.family);
    if (!ready) throw new UserError("There is no run yet.", "Load one first.");
    return this.#ofRun(request, ready);
  }

  async #standStill(run: Run): Promise<void> {
    if (!this.#loop.isLooping) return;
    await this.#loop.stop();
    this.#owner.post({ type: "idle", step: run.step, reason: "paused" });
  }

  /** `own`: the family of the run there is. */
  #verify(own: Family | undefined): Promise<Replies["verify"]> {
    const { device, base, measured } = this.#factory;
    const familyFor = own === undefined ? measured : () => own;
    return verifyAdapter(device, familyFor, base, (done, total) =>
      this.#owner.post({ type: "verifying", done, total }),
    );
  }

  #ofRun(request: RunRequest, { run, journal }: Ready): Promise<Replies[RunRequest["type"]]> {
    switch (request.type) {
      case "counterfactual":
        return run.counterfactual(request.arm, request.step, this.#replaying);
      case "route-scores":
        return run.routeScores(request.arm, request.step, this.#replaying);
      case "picture-attention":
        return run.pictureAttention(request.arm, request.step, request.row, this.#replaying);
      case "recall":
        return this.#recall(run, request.step);
      case "fork":
        return this.#fork(run, journal, request);
      case "rewind":
        return this.#rewind(run, journal, request.step).then(() => null);
      case "policy":
        return this.#policy(run, request.arm);
      default:
        return request satisfies never;
    }
  }

  async #recall(run: Run, step: number): Promise<null> {
    const records = await run.records(step, this.#replaying);
    if (records.length === 0) {
      throw new UserError(
        `Step ${step} cannot be taken again: the run was continued from a later one.`,
        "Choose a step after that.",
      );
    }
    this.#owner.post({ type: "stepped", reports: [], records, elapsedMs: 0, stepMs: 0 });
    return null;
  }

  async #fork(
    run: Run,
    before: RunJournal,
    { of, arm, step }: Extract<Request, { type: "fork" }>,
  ): Promise<null> {
    // What can be refused is refused before anything is taken back.
    run.checkFork(of, arm, step);
    const journal = await this.#rewind(run, before, step);
    await run.fork(of, arm);
    const text = journal.forked(of, arm, run.config, await run.checkpoint());
    this.#owner.post({ type: "forked", of, arm, step: run.step, bytes: run.bytes, text });
    return null;
  }

  /** The journal in which the run goes on from there. */
  async #rewind(run: Run, journal: RunJournal, step: number): Promise<RunJournal> {
    if (step >= run.step) return journal;
    const arms = await run.rewind(step, this.#replaying);
    this.#loop.forget();
    const branch = await this.#storage.branch(run, journal);
    this.#owner.branched(branch);
    this.#owner.post({ type: "rewound", step, arms, bytes: run.bytes });
    return branch;
  }

  /** An arm's weights between two steps, for transformers. */
  async #policy(run: Run, name: string): Promise<Replies["policy"]> {
    return { step: run.step, archive: await policyArchive(run, name) };
  }

  readonly #replaying: Progress = (done, total) =>
    this.#owner.post({ type: "replaying", done, total });
}
