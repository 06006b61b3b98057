/** A failure the reader can act on: one sentence that says what is wrong, one that says what to do. */
export class UserError extends Error {
  /** What to do, one sentence; `message` says what is wrong. */
  readonly remedy: string;
  /** The configuration fields concerned, if any, so that the page can point at them. */
  readonly fields: readonly string[];

  constructor(message: string, remedy: string, fields: readonly string[] = []) {
    super(message);
    this.name = "UserError";
    this.remedy = remedy;
    this.fields = fields;
  }
}

/** The two sentences of a fault; one that is no UserError has no remedy. */
export const messageAndRemedy = (error: unknown): { message: string; remedy: string } =>
  error instanceof UserError ? error : { message: String(error), remedy: "" };

/** What is wrong and what to do, as one text. */
export const sentenceOf = ({
  message,
  remedy,
}: {
  message: string;
  remedy: string | null;
}): string => [message, remedy].filter(Boolean).join(" ");
