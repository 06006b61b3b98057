import {
  isLauncher,
  launchCommand,
  launchers,
  launchFacts,
  launchFile,
  launchFileName,
} from "../python/launch-files.ts";
import { exportArm, fileName, forms, leftOut, type Form } from "../python/export.ts";
import type { ArmConfig, RunConfig } from "../types.ts";
import { counted } from "./mark.ts";
import { targets, writeFor } from "./targets.ts";
import { valuesOf } from "./values.ts";

/** A configuration as it leaves the page. */
export interface Exported {
  fileName: string;
  text: string;
  /** What the text itself has no room for, a sentence each. */
  says: readonly string[];
}

/** What is written beside TRL's own forms: what launches its script, and other trainers' words. */
export const otherForms: readonly { id: string; is: string }[] = [
  ...Object.entries(launchers).map(([id, { is }]) => ({ id, is })),
  ...Object.entries(targets).map(([id, { is }]) => ({ id, is })),
];

const isForm = (form: string): form is Form => forms.some((each) => each === form);

/** One arm of a run in any form; throws a RangeError for a name that is none. */
export function exported(run: RunConfig, arm: ArmConfig, form: string): Exported {
  if (isForm(form)) {
    return {
      fileName: fileName(run, arm, form),
      text: exportArm(run, arm, form),
      says: leftOut(run, arm, form),
    };
  }
  if (isLauncher(form)) return launch(run, arm, form);
  const target = Object.hasOwn(targets, form) ? targets[form] : undefined;
  const values = valuesOf({ ...run, arms: [arm] });
  const written = writeFor(form, values, { name: "Ratioscope", told: [] });
  if (!target || !written) throw new RangeError(`no form is named ${form}`);
  const { text, differences } = written;
  const near = differences.filter(({ mark }) => mark === "near").length;
  const missing = differences.length - near;
  return {
    fileName: `${run.task}-${arm.name}-${form}.${target.extension}`,
    text,
    says:
      differences.length === 0
        ? []
        : [
            `${counted(near, "setting")} ${near === 1 ? "is" : "are"} near and ${counted(missing, "setting")} missing: its comments say which, and how.`,
          ],
  };
}

function launch(run: RunConfig, arm: ArmConfig, form: string): Exported {
  const facts = launchFacts(run, arm);
  const script = fileName(run, arm, "trl");
  return {
    fileName: launchFileName(form),
    text: launchFile(form, facts, script),
    says: [
      `Put it beside the TRL script, then: ${launchCommand(form, script)}`,
      ...(facts.processes === 1
        ? ["num_processes is 1: set it to as many as the script is to be started with."]
        : []),
    ],
  };
}
