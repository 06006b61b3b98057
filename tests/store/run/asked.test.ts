import { expect, test } from "vitest";
import type { PictureAttention } from "../../../src/engine/training/picture-attention.ts";
import type { RouteScores } from "../../../src/engine/training/route-scores.ts";
import { commandsGoTo } from "../../../src/store/run/actions.ts";
import { pictureAttention, routeScores } from "../../../src/store/run/asked.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import type { Request } from "../../../src/worker/protocol.ts";
import { RefusedError } from "../../../src/worker/refused-error.ts";
import { makeRecord } from "../../support/make-record.ts";

const [first, second] = [makeRecord({ step: 1 }), makeRecord({ step: 2 })];
const of = (record: typeof first) => routeScores.askedOf(routeScores.use.getState(), record);

/** Requests that wait, in order. */
const open: { request: Request; resolve(scores: unknown): void; reject(error: unknown): void }[] =
  [];
commandsGoTo({
  send: () => undefined,
  ask: <R>(request: Request) =>
    new Promise<R>((resolve, reject) => {
      open.push({ request, resolve: resolve as (scores: unknown) => void, reject });
    }),
});

test("the record that was asked about last has its answer, and no other one has", async () => {
  expect(of(first)).toBeNull();
  const asked = [routeScores.ask(first), routeScores.ask(second)];
  expect(open.map(({ request }) => request)).toMatchObject([
    { type: "route-scores", arm: first.arm, step: 1 },
    { type: "route-scores", arm: second.arm, step: 2 },
  ]);
  expect([of(first), of(second)]).toEqual([null, { status: "waiting" }]);
  receive({ type: "replaying", done: 1, total: 2 });
  open[0]!.resolve({ step: 1 } as RouteScores);
  await asked[0];
  expect(useRun.getState().replaying).toBeNull();
  expect([of(first), of(second)]).toEqual([null, { status: "waiting" }]);
  open[1]!.resolve({ step: 2 } as RouteScores);
  await asked[1];
  expect(of(second)).toEqual({ status: "found", answer: { step: 2 } });
  // The same batch with other rewards has the same tokens.
  expect(of({ ...second, reward: new Float32Array(second.rows) })).toMatchObject({
    status: "found",
  });
});

test("a refused request says why, and can be asked again", async () => {
  const asked = routeScores.ask(first);
  const none = { fields: [], step: null, arm: null };
  open
    .at(-1)!
    .reject(new RefusedError({ kind: "config", message: "Gone.", remedy: "Train.", ...none }));
  await asked;
  expect(of(first)).toEqual({ status: "failed", why: "Gone. Train." });
  void routeScores.ask(first);
  expect(of(first)).toEqual({ status: "waiting" });
});

test("of a picture one row has its answer, and another row of the same record has none", async () => {
  const looks = (row: number) =>
    pictureAttention.askedOf(pictureAttention.use.getState(), first, row);
  const asked = [pictureAttention.ask(first, 0), pictureAttention.ask(first, 3)];
  expect(open.slice(-2).map(({ request }) => request)).toEqual([
    { type: "picture-attention", arm: first.arm, step: 1, row: 0 },
    { type: "picture-attention", arm: first.arm, step: 1, row: 3 },
  ]);
  open.at(-2)!.resolve({ row: 0 } as PictureAttention);
  await asked[0];
  expect([looks(0), looks(3)]).toEqual([null, { status: "waiting" }]);
  open.at(-1)!.resolve({ row: 3 } as PictureAttention);
  await asked[1];
  expect([looks(0), looks(3)]).toEqual([null, { status: "found", answer: { row: 3 } }]);
});
