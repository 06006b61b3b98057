// The arguments of slime/utils/arguments.py at 624b824a8 (2026-08-21) and of megatron/training (arguments.py, config/) and TransformerConfig at d98e8a64dd (2026-08-22), of those what decides training.
import { keysOf } from "./keys.ts";

export const slime = keysOf([
  [
    "",
    `
    actor-num-gpus-per-node actor-num-nodes adam-beta1 adam-beta2 adam-eps advantage-estimator
    allgather-cp apply-chat-template apply-chat-template-kwargs balance-by-flops balance-data
    bf16 buffer-filter-path calculate-per-token-loss check-weight-update-equal
    ci-disable-kl-checker ci-load-grad-norm ci-save-grad-norm ci-test
    ci-train-rollout-logprob-abs-diff-threshold clip-grad colocate
    custom-advantage-function-path custom-convert-samples-to-train-data-path
    custom-eval-rollout-log-function-path custom-generate-function-path
    custom-loss-function-path custom-megatron-before-log-prob-hook-path
    custom-megatron-before-train-step-hook-path custom-megatron-init-path
    custom-model-provider-path custom-pg-loss-reducer-function-path
    custom-reward-post-process-path custom-rm-path custom-rollout-log-function-path
    custom-tis-function-path custom-update-weight-post-write-path data-pad-size-multiplier
    data-source-path debug-rollout-only debug-train-only disable-compute-advantages-and-returns
    disable-grpo-std-normalization disable-rewards-normalization disable-rollout-global-dataset
    disable-wandb-random-suffix dump-details dynamic-sampling-filter-path enable-mtp-training
    end-weight-decay entropy-coef eps-clip eps-clip-c eps-clip-high eval-config
    eval-function-path eval-input-key eval-label-key eval-max-context-len eval-max-prompt-len
    eval-max-response-len eval-min-new-tokens eval-prompt-data eval-reward-key eval-temperature
    eval-tool-key eval-top-k eval-top-p fetch-trajectory-retry-times fp16 fp16-lm-cross-entropy
    freeze-params-name-list gamma get-mismatch-metrics global-batch-size group-rm hf-checkpoint
    http-proxy input-key keep-old-actor kl-coef kl-loss-coef kl-loss-type label-key lambd
    load-debug-rollout-data load-debug-rollout-data-subsample load-forge-rollout-data
    log-correct-samples log-multi-turn log-passrate log-probs-chunk-size
    log-probs-max-tokens-per-gpu log-reward-category loss-mask-type loss-scale loss-scale-window
    loss-type lr lr-decay-iters lr-decay-samples lr-decay-steps lr-decay-style
    lr-warmup-fraction lr-warmup-init lr-warmup-iters lr-warmup-samples lr-warmup-steps
    lr-wsd-decay-iters lr-wsd-decay-samples lr-wsd-decay-style mask-offpolicy-in-partial-rollout
    max-tokens-per-gpu megatron-config-path megatron-deepgemm-forward-layers
    megatron-deepgemm-forward-modules megatron-deepgemm-moe-forward-layers
    megatron-deepgemm-moe-forward-modules megatron-server-max-length
    megatron-server-update-timeout-s megatron-server-warmup memory-recorder memory-snapshot-dir
    memory-snapshot-num-steps metadata-key micro-batch-size min-batch-collection-ratio min-lr
    model-name moe-aux-loss-coeff moe-router-bias-update-rate moe-router-dtype
    moe-router-enable-expert-bias moe-router-force-biased moe-router-force-load-balancing
    moe-router-fusion moe-router-group-topk moe-router-load-balancing-type moe-router-num-groups
    moe-router-padding-for-fp8 moe-router-padding-for-quantization moe-router-pre-softmax
    moe-router-quantile-balancing-ema moe-router-score-function moe-router-topk
    moe-router-topk-limited-devices moe-router-topk-scaling-factor multimodal-keys
    muon-coefficient-type muon-extra-scale-factor muon-fp32-matmul-prec muon-momentum
    muon-nesterov muon-no-split-qkv muon-num-ns-steps muon-scalar-optimizer muon-scale-mode
    muon-tp-mode muon-use-syrk n-samples-per-eval-prompt n-samples-per-prompt
    normalize-advantages num-attention-heads num-channels num-classes num-critic-only-steps
    num-dataset-builder-threads num-distributed-optimizer-instances num-epoch num-experts
    num-gpus-per-node num-layers num-layers-at-end-in-bf16 num-layers-at-start-in-bf16
    num-layers-in-first-pipeline-stage num-layers-in-last-pipeline-stage
    num-layers-per-virtual-pipeline-stage num-microbatches-with-partial-activation-checkpoints
    num-moe-experts num-query-groups num-rollout num-speculative-tokens num-steps-per-rollout
    num-virtual-stages-per-pipeline-rank num-workers offload offload-rollout offload-train
    only-train-params-name-list opd-kl-coef opd-teacher-ckpt-step opd-teacher-load opd-type
    opsm-delta optimizer optimizer-cpu-offload optimizer-cuda-graph optimizer-offload-fraction
    over-sampling-batch-size override-opt-param-scheduler partial-rollout prefill-num-servers
    profile-target prompt-data qwen-gdn-backend rampup-batch-size recompute-activations
    recompute-granularity recompute-loss-function recompute-method recompute-modules
    recompute-num-layers ref-ckpt-step ref-load ref-update-interval release-train
    reset-optimizer-states reward-key rm-type rm-url rollout-all-samples-process-path
    rollout-batch-size rollout-buffer-url rollout-data-postprocess-path rollout-data-transport
    rollout-external-engine-addrs rollout-function-path rollout-health-check-first-wait
    rollout-health-check-interval rollout-health-check-timeout rollout-max-context-len
    rollout-max-prompt-len rollout-max-response-len rollout-num-gpus rollout-num-gpus-per-engine
    rollout-sample-filter-path rollout-sample-hook-path rollout-seed rollout-shuffle
    rollout-skip-special-tokens rollout-stop rollout-stop-token-ids rollout-task-type
    rollout-temperature rollout-top-k rollout-top-p save-debug-rollout-data
    save-debug-train-data save-hf seed sequence-parallel sgd-momentum sglang-config
    sglang-pipeline-parallel-size sglang-pp-size sglang-router-ip sglang-router-port
    sglang-router-request-timeout-secs sglang-server-concurrency skip-eval-before-train
    start-rollout-id start-weight-decay tb-experiment-name tb-project-name
    teacher-label-reduction-chunk-size teacher-port teacher-sample-reduction-chunk-size
    teacher-warmup-port teacher-warmup-timeout-s tensor-model-parallel-size tis-clip
    tis-clip-low tool-key train-backend train-data-path train-env-vars train-iters train-samples
    train-sync-interval update-weight-buffer-size update-weight-delta-checksum
    update-weight-delta-encoding update-weight-disk-dir update-weight-disk-keep-files
    update-weight-local-checkpoint-dir update-weight-mode update-weight-transport
    update-weights-interval use-checkpoint-opt-param-scheduler use-distributed-post
    use-dynamic-batch-size use-fault-tolerance use-kl-loss use-opd use-opsm use-rollout-entropy
    use-rollout-logprobs use-rollout-routing-replay use-routing-replay use-stateless-adam
    use-tensorboard use-tis use-unbiased-kl use-wandb value-clip wandb-always-use-train-step
    wandb-dir wandb-group wandb-host wandb-key wandb-mode wandb-run-id wandb-team weight-decay
    weight-decay-incr-style`,
  ],
]);
