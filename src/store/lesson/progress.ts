import { create } from "zustand";
import { isLessonId, LESSON_IDS, type LessonId } from "../../lessons/ids.ts";
import type { Answer } from "../../lessons/lesson.ts";
import { browserPreference, setBrowserPreference } from "../browser/browser-preference.ts";
import { useView } from "../view/view.ts";

/** An answer that was compared with the right one. */
export interface Given {
  ask: string;
  yours: string;
  rightly: string;
  right: boolean;
  why: string;
  /** Which batch it was asked of. */
  batch: string;
}

/** How far a reader is in one lesson. */
export interface Progress {
  /** The scene on screen; the number of scenes: the end, with something to try. */
  scene: number;
  /** What is chosen in the scene on screen; null: nothing yet. */
  answer: Answer | null;
  /** What was answered, scene by scene. */
  given: readonly Given[];
  /** Every question was answered once. */
  done: boolean;
}

export const FRESH: Progress = { scene: 0, answer: null, given: [], done: false };

const KEPT = "ratioscope.lessons";
const OPEN = "ratioscope.lesson";

type All = Readonly<Partial<Record<LessonId, Progress>>>;

/** Answers stay in the browser: a reload goes on where it was, another visit has what was done. */
export const useProgress = create<{ lessons: All }>(() => ({ lessons: kept() }));

export const progressOf = (id: LessonId): Progress => useProgress.getState().lessons[id] ?? FRESH;

function update(id: LessonId, next: Partial<Progress>): void {
  const lessons = { ...useProgress.getState().lessons, [id]: { ...progressOf(id), ...next } };
  useProgress.setState({ lessons });
  setBrowserPreference(KEPT, JSON.stringify(lessons));
}

/** Chooses an answer to the scene on screen. */
export const choose = (id: LessonId, answer: Answer): void => update(id, { answer });

/** The answer was compared with the right one; a lesson whose questions are all answered is done. */
export function reveal(id: LessonId, given: Given, scenes: number): void {
  const { given: before, scene, done } = progressOf(id);
  const all = [...before.slice(0, scene), given];
  update(id, { given: all, done: done || all.length >= scenes });
}

/** To the next scene, or to the end. */
export const next = (id: LessonId): void =>
  update(id, { scene: progressOf(id).scene + 1, answer: null });

/** From the start; that it was done once stays. */
export const startOver = (id: LessonId): void =>
  update(id, { ...FRESH, done: progressOf(id).done });

/** Takes every answer away. */
export function forgetAnswers(): void {
  useProgress.setState({ lessons: {} });
  setBrowserPreference(KEPT, null);
}

/** The lesson that a reload of this tab goes on with. */
export const continuedLesson = (): LessonId | null => {
  const id = browserPreference(OPEN, "reloads");
  return isLessonId(id) ? id : null;
};

/** Keeps in mind which lesson is open, for a reload. */
export function keepOpenLesson(): void {
  useView.subscribe(({ lesson }, before) => {
    if (lesson !== before.lesson) setBrowserPreference(OPEN, lesson, "reloads");
  });
}

/** What an earlier visit left; nothing of it where it is not what this version writes. */
function kept(): All {
  const found = parsed(browserPreference(KEPT) ?? "{}");
  if (typeof found !== "object" || found === null) return {};
  const entries = LESSON_IDS.map((id) => [id, Reflect.get(found, id)] as const);
  return Object.fromEntries(entries.filter(([, value]) => isProgress(value)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isProgress(value: unknown): value is Progress {
  if (typeof value !== "object" || value === null) return false;
  const { scene, answer, given, done } = value as Record<keyof Progress, unknown>;
  return (
    Number.isInteger(scene) &&
    isAnswer(answer) &&
    Array.isArray(given) &&
    given.every(isGiven) &&
    typeof done === "boolean"
  );
}

function isAnswer(value: unknown): boolean {
  if (value === null || typeof value === "number") return true;
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === "string" || typeof each === "number")
  );
}

function isGiven(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { right, ...texts } = value as Given;
  const { ask, yours, rightly, why, batch } = texts;
  const all: unknown[] = [ask, yours, rightly, why, batch];
  return typeof right === "boolean" && all.every((text) => typeof text === "string");
}
