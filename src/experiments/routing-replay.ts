import { deepMixture } from "./deep-mixture.ts";

export const routingReplay = deepMixture({
  id: "routing-replay",
  title: "Mixtures: does token level need Routing Replay?",
  claim:
    "Experts that flip between two updates make a mixture's token ratios spread; token level learns worse for it unless the rollout's routes are replayed, and sequence level needs no replay.",
  method:
    "The moe-deep preset: six layers of eight experts, two a token, four optimizer steps a rollout. Four arms from the same weights on the same prompts: token, token with the routes of the rollout's weights replayed (R2) or the sampler's (R3), and sequence, with ε 0.2 and 0.03. Ratios, clipping and routes of the steps whose ratios have left 1.",
  r3: true,
});
