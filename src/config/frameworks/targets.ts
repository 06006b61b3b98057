import type { Values } from "./types.ts";
import type { Told } from "./read.ts";
import { writeSettings, type Difference, type InTheirs } from "./write.ts";
import { findFramework } from "./registry.ts";
import { axolotlYaml } from "./axolotl/write.ts";
import { swiftScript, swiftYaml } from "./ms-swift/write.ts";
import { nemoYaml } from "./nemo-rl/write.ts";
import { openrlhfScript } from "./openrlhf/write.ts";
import { slimeScript } from "./slime/write.ts";
import { verlMegatron, verlScript, verlYaml } from "./verl/write.ts";

/** What a form writes from: settings, and the sentences that stand above them. */
export interface Page {
  settings: InTheirs["settings"];
  /** What the source said that is not, or not quite, in what follows. */
  says: readonly string[];
  values: Values;
}

interface Target {
  framework: string;
  /** What it is, in a few words. */
  is: string;
  extension: string;
  render(page: Page): string;
}

/** The forms that a configuration is written in, by the name of the option. */
export const targets: Readonly<Record<string, Target>> = {
  verl: {
    framework: "verl",
    is: "verl, Hydra overrides (FSDP)",
    extension: "sh",
    render: verlScript,
  },
  "verl-megatron": {
    framework: "verl",
    is: "verl, Hydra overrides (Megatron)",
    extension: "sh",
    render: verlMegatron,
  },
  "verl-yaml": { framework: "verl", is: "verl, YAML", extension: "yaml", render: verlYaml },
  "ms-swift": {
    framework: "ms-swift",
    is: "ms-swift, a command",
    extension: "sh",
    render: swiftScript,
  },
  "ms-swift-yaml": {
    framework: "ms-swift",
    is: "ms-swift, YAML",
    extension: "yaml",
    render: swiftYaml,
  },
  axolotl: { framework: "axolotl", is: "Axolotl, YAML", extension: "yaml", render: axolotlYaml },
  "nemo-rl": { framework: "nemo-rl", is: "NeMo RL, YAML", extension: "yaml", render: nemoYaml },
  openrlhf: {
    framework: "openrlhf",
    is: "OpenRLHF, a command",
    extension: "sh",
    render: openrlhfScript,
  },
  slime: { framework: "slime", is: "slime, a script", extension: "sh", render: slimeScript },
};

/** The source's own name and what of it could not be said. */
export interface Source {
  name: string;
  told: readonly Told[];
}

/** A configuration in a target's words; what is near or missing stands above it as comments. */
export function writeFor(
  name: string,
  values: Values,
  source: Source,
): { text: string; differences: readonly Difference[] } | null {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  const framework = target && findFramework(target.framework);
  if (!target || !framework) return null;
  const { settings, differences } = writeSettings(values, framework);
  const lost = source.told
    .filter(({ mark, line }) => mark === "none" && line !== null)
    .map(({ key, text, says }) => `not from ${source.name}: ${key ?? text}. ${says}`);
  const says = [
    `${target.is}, from a configuration of ${source.name}.`,
    ...differences.map(
      ({ field, mark, says: each }) => `${mark === "near" ? "near" : "missing"}: ${field}. ${each}`,
    ),
    ...lost,
  ];
  return { text: target.render({ settings, says, values }), differences };
}
