import { create } from "zustand";

// Apart from what is done (files.ts), which comes with who asks for it: the notice of it is always there.

/** What is done with files at the moment, or what came of it. */
export type FileWork =
  | { status: "idle" }
  | { status: "working"; what: string; share: number }
  /** `canGoOn`: id of a run that came with what it needs to be trained on. */
  | { status: "done"; what: string; canGoOn?: string }
  | { status: "failed"; message: string; remedy: string };

export const useFiles = create<{ work: FileWork }>(() => ({ work: { status: "idle" } }));

export const tell = (work: FileWork): void => useFiles.setState({ work });

export const forgetFiles = (): void => tell({ status: "idle" });
