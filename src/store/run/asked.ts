import { create } from "zustand";
import { sentenceOf } from "../../base/user-error.ts";
import type { StepRecord } from "../../record/record.ts";
import type { ReplyTo, Request } from "../../worker/protocol.ts";
import { ask, failureIn } from "./actions.ts";
import { receive } from "./run-store.ts";

/** What is known of something that was asked about a record. */
export type Asked<Answer> =
  | { status: "waiting" }
  | { status: "found"; answer: Answer }
  | { status: "failed"; why: string };

/** What was asked last: of which record, known by its logp, which no other one has; and which row of it. */
interface AskedState<Answer> {
  of: StepRecord["logp"] | null;
  row: number | null;
  asked: Asked<Answer>;
}

/** Something that can be asked about a record, or about a row of one: the last answer is kept. */
export function askable<R extends Request>(
  requestOf: (record: StepRecord, row: number | null) => R,
) {
  type State = AskedState<ReplyTo<R>>;
  const use = create<State>(() => ({ of: null, row: null, asked: { status: "waiting" } }));
  return {
    use,
    /** What was asked of it; null: nothing was. */
    askedOf: (
      { of, row: its, asked }: State,
      { logp }: StepRecord,
      row: number | null = null,
    ): State["asked"] | null => (of === logp && its === row ? asked : null),
    /** Asks; training stands still for it. */
    async ask(record: StepRecord, row: number | null = null): Promise<void> {
      const { logp: of } = record;
      use.setState({ of, row, asked: { status: "waiting" } });
      const asked = await ask(requestOf(record, row)).then(
        (answer): State["asked"] => ({ status: "found", answer }),
        (error: unknown): State["asked"] => ({
          status: "failed",
          why: sentenceOf(failureIn(error)),
        }),
      );
      receive({ type: "answered" });
      // Who has asked about something else since waits for that.
      const now = use.getState();
      if (now.of === of && now.row === row) use.setState({ asked });
    },
  };
}

/** log π of a record's tokens along both routes. */
export const routeScores = askable(({ arm, step }) => ({ type: "route-scores", arm, step }));

/** Where a row's tokens look on their prompt's picture. */
export const pictureAttention = askable(({ arm, step }, row) => {
  if (row === null) throw new Error("a picture's attention is asked of a row");
  return { type: "picture-attention", arm, step, row };
});
