import { architectures } from "../../config/architecture.ts";
import { UserError } from "../../base/user-error.ts";

const FIX = `Choose a policy of this page's sizes, of ${architectures.join(", ")}, llava, whose weights are float32, float16 or bfloat16.`;

/** What a policy's files say when they cannot be used; `fix` where another remedy is the one. */
export const refused = (why: string, fix: string = FIX): UserError =>
  new UserError(`The policy cannot be used: ${why}.`, fix);
