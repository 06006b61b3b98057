/**
 * A configuration that cannot run, as a failure the reader can act on: the same shape as the
 * engine's `UserError`, for code that must not import the engine.
 */
export class ConfigError extends Error {
  readonly remedy: string;
  readonly fields: readonly string[];

  constructor(message: string, remedy: string, fields: readonly string[] = []) {
    super(message);
    this.name = "ConfigError";
    this.remedy = remedy;
    this.fields = fields;
  }
}
