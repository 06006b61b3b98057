import type { Format, Processes } from "../python/written.ts";
import type { FoundMap } from "./maps.ts";

/** The settings of one configuration in a text, before anyone asks whose they are. */
export interface FoundText {
  format: Format;
  /**
   * What a command starts: "trl grpo", "verl.trainer.main_ppo", "train.py"; null where the text is
   * no command.
   */
  program: string | null;
  /** By the keys that lead to them; a command's flags are in the map with an empty path. */
  maps: FoundMap[];
  /** Why settings that are not here may be set all the same, each as "base.yaml in line 3". */
  open: string[];
  processes: Processes | null;
  /** What else its reader should know, each one sentence. */
  notes: string[];
}
