import { expect, test } from "vitest";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { broadcastPrompt } from "../../src/engine/sampler/broadcast-prompt.ts";
import { compiles } from "../support/hosts.ts";
import { wave } from "../support/numeric.ts";
import { download, run, upload, withDevice, withRegisters } from "../support/with-device.ts";

compiles("lib/sequence-span", "sampler/broadcast-prompt");

// Completions of a prompt, columns of it, width: less than a workgroup, and ragged ones; the cache is
// of some rows in the middle of the batch.
test.each([
  [2, 3, 4],
  [3, 5, 44],
])("%i completions have the keys and values of their prompt, %i columns of %i", (G, P, width) =>
  withDevice(async (device) => {
    const capacity = P + 2;
    const [first, rows] = [1, 2 * G];
    // Of three prompts the second is as long as any.
    const counts = [P - 1, P, 1];
    const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0));
    const kv = upload(device, wave((2 * P + 1) * width, 0.7));
    const prompts = counts.flatMap((count, i) => [starts[i]!, count, 0, count, 0, 0]);
    const before = wave(rows * capacity * width, 5);
    const cache = upload(device, before);
    const bind = await broadcastPrompt(withRegisters(device), { G, P, capacity, width });
    const spans = storageBufferOf(device, "batch", "prompts", Uint32Array.from(prompts));
    run(device, bind({ kv, prompts: spans, cache }, { first, rows }));
    const source = await download(device, kv);
    const expected = [...(await download(device, upload(device, before)))];
    for (let b = 0; b < rows; b++) {
      const prompt = Math.floor((first + b) / G);
      for (let t = 0; t < counts[prompt]!; t++) {
        const column = P - counts[prompt]! + t;
        for (let i = 0; i < width; i++) {
          expected[(b * capacity + column) * width + i] =
            source[(starts[prompt]! + t) * width + i]!;
        }
      }
    }
    expect(await download(device, cache)).toEqual(expected);
  }),
);
