import { create } from "zustand";
import { formatLink, parseLink } from "../config/link.ts";
import type { RunConfig } from "../config/types.ts";
import { nextRun } from "./commit-field.ts";

/** What the link that opened the page held and could not be used, in sentences. */
export const useLink = create<{ problems: readonly string[] }>(() => ({ problems: [] }));

export const forgetLinkProblems = (): void => useLink.setState({ problems: [] });

/** The run of a link's hash, or null when there is none; its problems stay in the store. */
export function openLink(hash: string): RunConfig | null {
  if (hash.length < 2) return null;
  const { run, problems } = parseLink(hash);
  useLink.setState({ problems });
  return run;
}

/** The address that opens the run on the page, changes that wait for a reset included. */
export function linkOf(): string | null {
  const run = nextRun();
  return run === null ? null : new URL(formatLink(run), location.href).href;
}
