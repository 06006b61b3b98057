import type { RunConfig } from "../config/types.ts";
import type { Logged } from "../runs/logs/log-folder.ts";
import type { Recording } from "../runs/recording.ts";

/** One file of those that were dropped or chosen together. */
export interface GivenFile {
  /** Its path within a folder, or its name. */
  path: string;
  file: File;
}

/** What a run leaves that other programs read. */
export type DataForm = "run" | "csv" | "jsonl" | "completions" | "logs";

/** Page → worker of files; one job a worker. */
export type FileJob =
  /** `base`: the run whose task and shape count where a file says nothing. */
  | { type: "import"; files: readonly GivenFile[]; base: RunConfig }
  /** Of a stored run by its id, or of what the page has of one. */
  | { type: "export"; form: DataForm; of: { id: string } | { logged: Logged } };

export type Imported =
  /**
   * `id`: under which the database has it; `canGoOn`: there is a checkpoint, and steps to come;
   * `notes`: what a person should know of what was read and what was not, in sentences.
   */
  | {
      what: "run" | "log";
      id: string;
      name: string;
      recording: Recording;
      canGoOn: boolean;
      notes: readonly string[];
    }
  /**
   * The run that starts from the imported weights; `others`: folders with weights that were not
   * taken; `widened`: types that become float32.
   */
  | {
      what: "policy";
      name: string;
      run: RunConfig;
      others: readonly string[];
      widened: readonly string[];
    };

/** Worker of files → page: progress, then one of the others. */
export type FileEvent =
  | { type: "progress"; done: number; total: number }
  | { type: "imported"; imported: Imported }
  | { type: "exported"; name: string; bytes: Uint8Array<ArrayBuffer> }
  | { type: "failed"; message: string; remedy: string };
