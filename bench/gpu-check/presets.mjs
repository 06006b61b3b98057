// `node presets.mjs STEPS NAME …`: the first steps of presets; one JSON line a step of an arm.
import "../../tests/support/node-gpu.ts";
import { presetLines } from "./preset-lines.mjs";

const [steps, ...presets] = process.argv.slice(2);
for await (const line of presetLines(Number(steps), presets)) console.log(JSON.stringify(line));
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit());
