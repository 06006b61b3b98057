import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { figureDrawn } from "../../../src/store/browser/first-figure.ts";
import { invite, useInvitations } from "../../../src/store/page/invitations.ts";
import { initialView, setHover, setSwitched, useView } from "../../../src/store/view/view.ts";

const open = () => useInvitations.getState().open;
let kept: Map<string, string>;

beforeEach(async () => {
  vi.useFakeTimers();
  kept = new Map();
  vi.stubGlobal("document", { hidden: true });
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  useView.setState(initialView);
  figureDrawn();
  invite();
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a reader who does nothing is invited to hover after 15 s, to flip after 20 s, and left alone after 30 s", async () => {
  await vi.advanceTimersByTimeAsync(14_900);
  expect(open()).toBeNull();
  await vi.advanceTimersByTimeAsync(200);
  expect(open()).toBe("hover");
  await vi.advanceTimersByTimeAsync(5000);
  expect(open()).toBe("flip");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(open()).toBeNull();
});

test("what was done is not invited to, then or on the next visit", async () => {
  setHover({ row: 0, token: 0 });
  await vi.advanceTimersByTimeAsync(15_100);
  expect(open()).toBeNull();
  await vi.advanceTimersByTimeAsync(5000);
  expect(open()).toBe("flip");
  setSwitched({ arm: "token", record: null });
  expect(open()).toBeNull();

  // Again from the start, with what the browser kept.
  vi.clearAllTimers();
  useView.setState(initialView);
  useInvitations.setState({ open: null, done: new Set() });
  invite();
  for (const ms of [15_100, 5000]) {
    await vi.advanceTimersByTimeAsync(ms);
    expect(open()).toBeNull();
  }
});
