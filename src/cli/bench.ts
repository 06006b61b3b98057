import { chromiumFlags, findChromium } from "../../scripts/chromium.mjs";
import { UserError } from "../engine/user-error.ts";
import { benchInPage } from "./bench/in-page.ts";
import { type Measurement, runBench } from "./bench/suite.ts";
import { type WorkloadName, workloads } from "./bench/workloads.ts";
import { openGpu } from "./gpu.ts";
import { parseOptions, wholeNumber } from "./options.ts";

const USAGE =
  "Usage: npm run -s bench -- [--workload S|M|L] [--host node|page] [--limits] [--n RUNS]";

/** Measures the engine on this machine's GPU; one JSON line per measurement. */
export async function main(args: readonly string[]): Promise<number> {
  const flags = parseOptions(
    args,
    {
      workload: { type: "string" },
      host: { type: "string" },
      limits: { type: "boolean" },
      n: { type: "string" },
    },
    USAGE,
  );
  const host = flags.host ?? "node";
  if (host !== "node" && host !== "page") {
    throw new UserError(`--host is ${host}; it is node or page.`, USAGE);
  }
  const options = {
    workloads: workloadsOf(flags.workload, flags.limits === true),
    n: wholeNumber("n", flags.n ?? "10", 1),
    limits: flags.limits === true,
  };
  const emit = (measurement: Measurement) => console.log(JSON.stringify({ host, ...measurement }));
  if (host === "page") {
    const browser = { executablePath: findChromium(), args: chromiumFlags };
    await benchInPage(process.cwd(), browser, options, emit);
  } else {
    const { device, name } = await openGpu();
    await runBench(device, options, (measurement) => emit({ ...measurement, adapter: name }));
  }
  return 0;
}

/** All of them when none is named; with --limits alone, none. */
function workloadsOf(named: string | undefined, limits: boolean): WorkloadName[] {
  const all: WorkloadName[] = ["S", "M", "L"];
  if (named === undefined) return limits ? [] : all;
  return named.split(",").map((name) => {
    const found = all.find((each) => each === name);
    if (!found) {
      throw new UserError(
        `--workload is ${name}; there are ${Object.keys(workloads).join(", ")}.`,
        USAGE,
      );
    }
    return found;
  });
}
