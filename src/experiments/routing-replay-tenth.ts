import { deepMixture } from "./deep-mixture.ts";

/** Found with single seeds of 60 to 80 steps: 2e-3 flips 7 % of the routes, 3e-3 10 %, 4e-3 17 %. */
const RATE = "3e-3";

export const routingReplayTenth = deepMixture({
  id: "routing-replay-tenth",
  title: "Mixtures: and where a tenth of the routes flips?",
  claim:
    "With as many flips as the GSPO paper reports of a large mixture, about 10 % of the routes, token level learns worse unless the rollout's routes are replayed, and sequence level needs no replay.",
  method: `The moe-deep preset at a learning rate of ${RATE} instead of 8e-4, at which about a tenth of the routes of a token and layer are others than the rollout's. Three arms from the same weights on the same prompts: token, token with the routes of the rollout's weights replayed (R2), and sequence, with ε 0.2 and 0.03. Ratios, clipping and routes of the steps whose ratios have left 1.`,
  rate: RATE,
});
