"""tests/fixtures/trl-dev.json: TRL's own loss, on log-probs instead of a model, in float64.

`_compute_loss` of the released trainer runs as it is; what it would ask a model for is handed to it.
The file's advantages, and its `advantage_cases`, stay as they are: TRL computes them in the middle of
its rollout.
"""

import math
from collections import defaultdict
from types import SimpleNamespace

import torch
from fixture import run
from trl import GRPOTrainer
from trl.experimental.gspo_token import GRPOTrainer as TokenwiseTrainer
from trl.trainer.utils import entropy_from_logits, selective_log_softmax

torch.set_default_dtype(torch.float64)
torch.Tensor.float = lambda self, *args, **named: self.double()

DEFAULTS = {
    "sapo_temperature_pos": 1.0,
    "sapo_temperature_neg": 1.05,
    "vespo_k_pos": 2.0,
    "vespo_lambda_pos": 3.0,
    "vespo_k_neg": 3.0,
    "vespo_lambda_neg": 2.0,
}


def alone(tensor, **_):
    """What an accelerator gathers, pads or adds up where there is one process."""
    return tensor


def trainer_of(config, logps, entropies):
    level = config["importance_sampling_level"]
    owner = TokenwiseTrainer if level == "sequence_token" else GRPOTrainer
    epsilon_high = config["epsilon"] if config["epsilon_high"] is None else config["epsilon_high"]
    trainer = SimpleNamespace(
        model=SimpleNamespace(training=True),
        accelerator=SimpleNamespace(
            num_processes=1,
            sync_gradients=True,
            gather=alone,
            reduce=alone,
            pad_across_processes=alone,
        ),
        args=SimpleNamespace(
            **DEFAULTS,
            delta=config["delta"],
            steps_per_generation=config["steps_per_generation"],
            use_bias_correction_kl=config.get("use_bias_correction_kl", False),
        ),
        loss_type=config["loss_type"],
        importance_sampling_level=level,
        epsilon_low=config["epsilon"],
        epsilon_high=epsilon_high,
        beta=config["beta"],
        max_completion_length=config["max_completion_length"],
        current_gradient_accumulation_steps=config["gradient_accumulation_steps"],
        top_entropy_quantile=config.get("top_entropy_quantile", 1.0),
        off_policy_mask_threshold=config.get("off_policy_mask_threshold"),
        entropy_coef=config.get("entropy_coef", 0.0),
        _entropy_bonus_enabled=config.get("entropy_coef", 0.0) != 0.0,
        use_adaptive_entropy=False,
        use_vllm=config.get("use_is_correction", False),
        vllm_importance_sampling_correction=True,
        aux_loss_enabled=False,
        get_off_policy_mask=GRPOTrainer.get_off_policy_mask,
        get_gamma_weights=GRPOTrainer.get_gamma_weights,
        _get_per_token_logps_and_entropies=lambda *args, **named: (logps, entropies, None),
        _metrics={"train": defaultdict(list)},
    )
    trainer.get_high_entropy_mask = GRPOTrainer.get_high_entropy_mask.__get__(trainer)
    return owner, trainer


def loss_of(config, batch, advantages, logps, entropies):
    """The loss, and the metrics that TRL logs with it."""
    mask = torch.tensor(batch["mask"]).double()
    nothing = torch.zeros(len(mask), 0, dtype=torch.long)
    inputs = {
        "prompt_ids": nothing,
        "prompt_mask": nothing,
        "completion_ids": torch.zeros(mask.shape, dtype=torch.long),
        "completion_mask": mask,
        "advantages": torch.tensor(advantages),
        "num_items_in_batch": torch.tensor(float(config["num_items_in_batch"])),
    }
    if not config.get("on_policy", False):
        inputs["old_per_token_logps"] = torch.tensor(batch["old_logps"])
    if config["beta"] != 0.0:
        inputs["ref_per_token_logps"] = torch.tensor(batch["ref_logps"])
    if "tool_mask" in batch:
        inputs["tool_mask"] = torch.tensor(batch["tool_mask"]).double()
    if config.get("use_is_correction", False):
        inputs["importance_sampling_ratio"] = torch.tensor(config["importance_sampling_ratio"])
    owner, trainer = trainer_of(config, logps, entropies)
    loss = owner._compute_loss(trainer, None, inputs)
    return loss, {name: values[-1] for name, values in trainer._metrics["train"].items()}


def make_case(case, batches):
    batch, config, expected = batches[case["batch"]], case["config"], case["expected"]
    logps = torch.tensor(batch["new_logps"], requires_grad=True)
    entropies = torch.tensor(batch["entropies"], requires_grad=True)
    loss, metrics = loss_of(config, batch, case["advantages"], logps, entropies)
    dlogps, dentropies = torch.autograd.grad(
        loss, (logps, entropies), allow_unused=True, materialize_grads=True
    )
    expected["loss"] = loss.item()
    expected["grad_new_logps"] = dlogps.tolist()
    if "grad_entropies" in expected:
        expected["grad_entropies"] = dentropies.tolist()
    expected["metrics"] = {
        name: None if math.isnan(metrics[name]) else metrics[name] for name in expected["metrics"]
    }


def make_logits_case(case):
    expected = case["expected"]
    logits = torch.tensor(case["logits"], requires_grad=True)
    tempered = logits / case["temperature"]
    logps = selective_log_softmax(tempered, torch.tensor(case["token_ids"]))
    entropies = entropy_from_logits(tempered)
    loss, metrics = loss_of(case["config"], case, case["advantages"], logps, entropies)
    (dlogits,) = torch.autograd.grad(loss, logits)
    expected["new_logps"] = logps.tolist()
    expected["entropies"] = entropies.tolist()
    expected["loss"] = loss.item()
    expected["grad_logits"] = dlogits.tolist()
    expected["metrics"] = {name: metrics[name] for name in expected["metrics"]}


def make(fixture):
    for case in fixture["cases"]:
        make_case(case, fixture["batches"])
    for case in fixture["logits_cases"]:
        make_logits_case(case)


run("trl-dev", make, tolerance=1e-9, floor=1e-3)
