// `node kernels.mjs SHARD OF`: the kernel tests in Node, every OF-th file from SHARD on; one JSON line
// a file when it has ended.
import "../../tests/support/node-gpu.ts";
import { kernelLines } from "./kernel-lines.mjs";

const [shard, of] = process.argv.slice(2).map(Number);
for await (const line of kernelLines(Number(shard), Number(of))) console.log(JSON.stringify(line));
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit());
