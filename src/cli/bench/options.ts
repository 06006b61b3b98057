import { UserError } from "../../base/user-error.ts";
import { familyNamed, parseOptions, wholeNumber } from "../options.ts";
import { type GrowthAxis, growthAxes } from "./growth.ts";
import type { BenchOptions } from "./suite.ts";
import { type WorkloadName, workloads } from "./workloads.ts";

const OPTIONS =
  "[--workload S,M,L] [--what train,rollout] [--limits] [--arms] [--growth batch,context,parameters,filled] [--family register|workgroup] [--n RUNS]";

/** What to measure: all workloads where nothing is named. `usage`: the command as it is started. */
export function benchOptions(args: readonly string[], usage: string) {
  const says = `Usage: ${usage} ${OPTIONS}`;
  const flags = parseOptions(
    args,
    {
      host: { type: "string" },
      workload: { type: "string" },
      what: { type: "string" },
      limits: { type: "boolean" },
      arms: { type: "boolean" },
      growth: { type: "string" },
      family: { type: "string" },
      n: { type: "string" },
    },
    says,
  );
  const { limits = false, arms = false } = flags;
  const growth = named<GrowthAxis>("growth", flags.growth ?? "", growthAxes, says);
  const alone = limits || arms || growth.length > 0;
  const all = Object.keys(workloads) as WorkloadName[];
  const options: BenchOptions = {
    workloads: named("workload", flags.workload ?? (alone ? "" : all.join()), all, says),
    what: named("what", flags.what ?? "train,rollout", ["train", "rollout"] as const, says),
    n: wholeNumber("n", flags.n ?? "10", 1),
    limits,
    arms,
    growth,
    family: familyNamed(flags.family, says) ?? null,
  };
  const hosts = named("host", flags.host ?? "node,page", ["node", "page"] as const, says);
  return { options, hosts };
}

/** The values of a comma-separated flag, or a UserError that says which there are. */
function named<Name extends string>(
  flag: string,
  text: string,
  known: readonly Name[],
  usage: string,
): Name[] {
  if (text === "") return [];
  return text.split(",").map((each) => {
    const found = known.find((name) => name === each);
    if (found) return found;
    throw new UserError(`--${flag} is ${each}; there are ${known.join(", ")}.`, usage);
  });
}
