// A task of one's own: from random weights to a warm start by its demonstrations, then trained on.
import { createRun, encodeSafetensors, requestDevice, runFrom, warmStart } from "ratioscope";
import { create, globals } from "webgpu";

const NOTES = ["do", "re", "mi", "fa", "so", "la", "ti"];
/** @param {readonly string[]} prompt */
const higher = (prompt) =>
  prompt.slice(1, -1).map((note) => NOTES[(NOTES.indexOf(note) + 1) % NOTES.length] ?? note);

/** @type {import("ratioscope").Task} */
const scale = {
  id: "scale",
  title: "Scale",
  help: "Sing every note one step higher.",
  difficulty: { label: "Most notes", min: 1, max: 8, default: 2 },
  vocabulary: ["<pad>", "<eos>", "<unk>", "up", "=", ...NOTES],
  prompt(random, difficulty) {
    const notes = Array.from({ length: 1 + random.integer(difficulty) }, () => {
      return NOTES[random.integer(NOTES.length)] ?? "do";
    });
    return ["up", ...notes, "="];
  },
  demonstration: higher,
  maxPromptLength: (difficulty) => difficulty + 2,
  maxCompletionLength: (difficulty) => difficulty + 1, // the end counts
  rewards: [
    {
      name: "notes",
      help: "Share of notes that are right.",
      score({ prompt, completion }) {
        const right = higher(prompt);
        const hits = right.filter((note, i) => completion[i] === note).length;
        return hits / Math.max(right.length, completion.length);
      },
    },
    { name: "ends", help: "1 if the completion ends by itself.", score: ({ ended }) => +ended },
  ],
  rewardWeights: [0.9, 0.1],
};

Object.assign(globalThis, globals); // GPUBufferUsage and its like, which browsers have
const { device } = await requestDevice(create([])); // in a browser: navigator.gpu
const config = runFrom("sort", { task: scale, seed: 1 });
const start = { batch: 64, learningRate: 3e-3, targetReward: 0.4, maxSteps: 200 };
const { tensors, steps, reward } = await warmStart({ device, config, task: scale, ...start });
console.log(`warm start: ${steps} steps, reward ${reward}`);

const run = await createRun({ device, config, task: scale, weights: tensors });
while (run.step < 4) {
  for (const { arm, step, metrics } of await run.advance())
    console.log(`step ${step}, ${arm}: reward ${metrics.reward}`);
}
const bytes = encodeSafetensors(await run.weights("sequence"));
console.log(`the sequence arm's policy as a file: ${bytes.length} bytes`);

run.destroy();
device.destroy();
