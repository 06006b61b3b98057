import { expect, test } from "vitest";
import type { Failure, Message, Request } from "../../src/worker/protocol.ts";
import { Requests } from "../../src/worker/requests.ts";

const recall = (step: number): Request => ({ type: "recall", step });
const policy: Request = { type: "policy", arm: "token" };
const failure: Failure = {
  kind: "bug",
  message: "It is gone.",
  remedy: "Ask again.",
  fields: [],
  step: 7,
  arm: null,
};

function asked() {
  const sent: Extract<Message, { type: "request" }>[] = [];
  const requests = new Requests((message) => {
    if (message.type === "request") sent.push(message);
  });
  return { requests, sent };
}

test("each request has its own answer, in whatever order they come", async () => {
  const { requests, sent } = asked();
  const first = requests.ask(recall(1));
  const second = requests.ask(policy);
  const third = requests.ask(recall(3));
  const archive = new Uint8Array([1]);
  requests.take({ id: sent[1]!.id, value: { step: 7, archive }, type: "reply" });
  requests.take({ id: sent[2]!.id, failure, type: "reply" });
  expect(await second).toEqual({ step: 7, archive });
  await expect(third).rejects.toMatchObject({ failure });
  requests.take({ id: sent[0]!.id, value: null, type: "reply" });
  expect(await first).toBeNull();
});

test("where nobody is left to answer, every request that waits is refused", async () => {
  const { requests } = asked();
  const waiting = [requests.ask(recall(1)), requests.ask(policy)];
  requests.refuseAll(failure);
  for (const each of waiting) await expect(each).rejects.toMatchObject({ failure });
});
