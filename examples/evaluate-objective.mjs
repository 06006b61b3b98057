// Loss, gradient, ratios and TRL's metrics of numbers of one's own, at both levels.
import { evaluateAdvantages, evaluateObjective, requestDevice, trlDefaults } from "ratioscope";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals); // GPUBufferUsage and its like, which browsers have
const { device } = await requestDevice(create([])); // in a browser: navigator.gpu

// Four completions of one prompt, of up to three tokens. [row][token]
const logpOld = [
  [-0.9, -1.2, -0.3],
  [-0.7, -0.8, -1.1],
  [-1.5, -0.4, 0],
  [-0.6, -0.9, -2.0],
];
const moved = [
  [0.3, 0.02, -0.01], // one token went far
  [0.05, 0.06, 0.04], // all went a little
  [-0.04, 0.01, 0],
  [0.02, -0.31, 0.28],
];
const logp = logpOld.map((row, b) => row.map((old, t) => old + (moved[b]?.[t] ?? 0)));
const mask = logpOld.map((row) => row.map((old) => (old === 0 ? 0 : 1))); // the third is shorter

const grouped = { ...trlDefaults, num_generations: 4 };
const rewards = [[1], [1], [0], [0]];
const { advantage } = await evaluateAdvantages(device, {
  config: grouped,
  rewards,
  names: ["exact"],
});

for (const [importance_sampling_level, epsilon] of /** @type {const} */ ([
  ["token", 0.2],
  ["sequence", 0.03],
])) {
  const { loss, dlogp, tokenRatio, sequenceRatio, metrics } = await evaluateObjective(device, {
    config: { ...trlDefaults, loss_type: "grpo", importance_sampling_level, epsilon },
    batch: { logp, logpOld, mask, advantage },
    scope: {
      gradientAccumulationSteps: 1,
      stepsPerGeneration: 1,
      numItemsInBatch: mask.flat().filter((counts) => counts === 1).length,
      maxCompletionLength: 3,
      histogramRange: 0.5,
    },
  });
  const ratios = importance_sampling_level === "token" ? tokenRatio : sequenceRatio;
  console.log(`${importance_sampling_level}: loss ${loss}`);
  console.log(`  ratios ${JSON.stringify(ratios)}`);
  console.log(`  gradient ${JSON.stringify(dlogp)}`);
  console.log(`  clipped ${metrics["clip_ratio/region_mean"]}`);
}

device.destroy();
