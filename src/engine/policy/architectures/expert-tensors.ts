import type { PolicyShape } from "../shape.ts";
import type { MixtureTensors } from "./architecture.ts";

/** What an expert's gate, up and down are called. */
export interface ExpertNames {
  gate: string;
  up: string;
  down: string;
}

/** A mixture without biases, saved expert by expert under `at`, e.g. "mlp". */
export function tensorsByExpert(
  { width }: PolicyShape,
  { experts, hidden }: { experts: number; hidden: number },
  at: string,
  names: ExpertNames,
): MixtureTensors {
  const named = (expert: number, name: string) => `${at}.experts.${expert}.${name}.weight`;
  const all = Array.from({ length: experts }, (_, expert) => expert);
  const behind = (expert: number) => (expert === 0 ? {} : { contiguous: true });
  const groups = [1, 1];
  return {
    router: `${at}.gate.weight`,
    routerBias: `${at}.gate.bias`,
    gateUp: all.flatMap((e) => [
      { name: named(e, names.gate), shape: [hidden, width], groups, ...behind(e) },
      { name: named(e, names.up), shape: [hidden, width], groups, contiguous: true },
    ]),
    down: all.map((e) => ({
      ...{ name: named(e, names.down), shape: [width, hidden], groups, intoStream: true },
      ...behind(e),
    })),
    gateUpBias: [],
    downBias: [],
  };
}
