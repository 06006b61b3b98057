import { EOS, SPECIAL, UNK } from "../../tasks/task.ts";
import type { TrainingLog } from "./training-log.ts";

/** The log's tokens under ids of their own, with the special ones where every view expects them. */
export interface LogVocabulary {
  /** Token texts by id. */
  texts: readonly string[];
  /** Id on the page of a log's id; `end`: the completion's last token ends it. */
  idOf(given: number, end: boolean): number;
}

/** Tokens are numbered in the order in which they appear; one without a text is shown as its id. */
export function logVocabulary({ steps }: TrainingLog): LogVocabulary {
  const texts: string[] = [...SPECIAL];
  const ids = new Map<number, number>();
  for (const row of steps.flatMap(({ batches }) => batches.flatMap(({ rows }) => rows))) {
    row.completion_ids.forEach((id, t) => {
      if (!ids.has(id)) ids.set(id, texts.push(row.completion_tokens?.[t] ?? `#${id}`) - 1);
    });
  }
  return { texts, idOf: (given, end) => (end ? EOS : (ids.get(given) ?? UNK)) };
}
