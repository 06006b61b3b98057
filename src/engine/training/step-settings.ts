import { type RouterReplay, routingDefaults } from "../../config/architecture.ts";
import type { ClipBand, GRPOConfig } from "../../config/types.ts";

/** What one optimizer step runs with. */
export interface StepSettings {
  config: GRPOConfig;
  /** What the level that does not drive is judged by; null: the config's own band. */
  otherClip: Readonly<ClipBand> | null;
  learningRate: number;
  /** Number of this optimizer step, from 1. */
  step: number;
  stepsPerGeneration: number;
  /** Micro-batches in this very step: fewer at the end of an epoch, perhaps. */
  gradientAccumulationSteps: number;
  /** The histograms cover log-ratios in [−range, range]. */
  histogramRange: number;
  /** `router_aux_loss_coef`: what the load-balancing loss counts; 0 when left out. */
  auxLossCoefficient?: number;
  /** Which routes a mixture's forward pass takes; its own when left out. */
  routerReplay?: RouterReplay;
}

/** What an arm's configuration says of a mixture. */
export const routingOf = ({
  router_aux_loss_coef: auxLossCoefficient = routingDefaults.router_aux_loss_coef,
  router_replay: routerReplay = routingDefaults.router_replay,
}: GRPOConfig) => ({ auxLossCoefficient, routerReplay });
