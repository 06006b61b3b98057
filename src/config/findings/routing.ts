import { routingDefaults } from "../architecture.ts";
import { isSequence, type Rule, type Subject } from "./fact.ts";

/** Layers of the policy have experts, of which a token goes through some. */
const isMixture = ({ run }: Subject): boolean => (run.policy.mixture ?? null) !== null;

const replayOf = ({ config }: Subject) => config.router_replay ?? routingDefaults.router_replay;

export const replayWithoutMixture: Rule = (subject) => {
  const replay = replayOf(subject);
  if (replay === "none" || isMixture(subject)) return null;
  return {
    id: "replay-without-mixture",
    severity: "note",
    message: `router_replay is ${replay}, and the policy here has no mixture of experts: nothing is replayed.`,
    reason: "Without experts to choose from a token has one way through a layer.",
    remedy:
      "Choose a policy with a mixture, e.g. the preset moe-sort, or set router_replay to none.",
    patch: { router_replay: "none" },
    fields: ["router_replay"],
  };
};

export const sameSampler: Rule = (subject) => {
  if (replayOf(subject) !== "R3" || !isMixture(subject)) return null;
  return {
    id: "replay-of-same-sampler",
    severity: "note",
    message: "router_replay is R3, and here it replays what R2 does, but for rounding.",
    reason:
      "R3 takes the routes of the sampler, which is the trainer's own engine here: the same weights in the same precision.",
    remedy: "Set it to R2; R3 is for a sampler of its own, such as vLLM.",
    patch: { router_replay: "R2" },
    fields: ["router_replay"],
  };
};

export const tokenWithoutReplay: Rule = (subject) => {
  const { config, plan } = subject;
  if (!isMixture(subject) || isSequence(config) || plan.onPolicy) return null;
  if (replayOf(subject) !== "none") return null;
  return {
    id: "token-without-replay",
    severity: "note",
    message:
      "Token ratios of a mixture of experts are taken off-policy, and router_replay is none: where an update flips a token's experts, its ratio is between two different networks.",
    reason: "The GSPO paper calls Routing Replay necessary for GRPO here, and not for GSPO.",
    remedy: "Give another arm router_replay R2, and compare their ratios.",
    patch: null,
    fields: ["router_replay", "importance_sampling_level"],
  };
};

export const unbalancedLoad: Rule = (subject) => {
  const { router_aux_loss_coef: coefficient = routingDefaults.router_aux_loss_coef } =
    subject.config;
  if (coefficient !== 0 || !isMixture(subject)) return null;
  return {
    id: "load-not-balanced",
    severity: "note",
    message: "router_aux_loss_coef is 0: nothing keeps the load of the experts even.",
    reason: "Unsloth's default is 0, TRL's is 0.001.",
    remedy: "Set it to 0.001, or watch the load per expert.",
    patch: { router_aux_loss_coef: routingDefaults.router_aux_loss_coef },
    fields: ["router_aux_loss_coef"],
  };
};
