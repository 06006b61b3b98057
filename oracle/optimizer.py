"""tests/fixtures/optimizer.json: torch's AdamW and clip_grad_norm_, and a cosine schedule over them."""

import math

import torch
from fixture import digits, run
from transformers import get_scheduler

WARMUP = 5


def initial(c, k, size):
    return [c["pa"] * math.cos(c["pb"] + c["pc"] * i + c["pd"] * k) for i in range(size)]


def gradient(c, k, size, step):
    scale = c["sa"] * (1 + c["sb"] * (step % c["sm"] == 0))
    wave = lambda i: math.sin(1 + c["ga"] * i + c["gb"] * step + c["gc"] * k) * scale
    return [0.0 if (i + k) % c["zm"] == 0 else wave(i) for i in range(size)]


def train(fixture, case):
    constants, sizes, steps = fixture["constants"], fixture["sizes"], fixture["steps"]
    dtype = getattr(torch, case["dtype"])
    kept = 12 if dtype == torch.float64 else 9
    plain = lambda tensor: digits(tensor.tolist(), kept)
    params = [
        torch.nn.Parameter(torch.tensor(initial(constants, k, size), dtype=dtype))
        for k, size in enumerate(sizes)
    ]
    optimizer = torch.optim.AdamW(
        params,
        lr=case["lr"],
        betas=tuple(case["betas"]),
        eps=case["eps"],
        weight_decay=case["weight_decay"],
        foreach=False,
    )
    scheduler = None
    if "lr_per_step" in case:
        scheduler = get_scheduler("cosine", optimizer, WARMUP, steps)
        case["lr_per_step"] = []
    case["pre_clip_norms"] = []
    snapshots = {snapshot["step"]: snapshot for snapshot in case["snapshots"]}
    for step in range(1, steps + 1):
        for k, param in enumerate(params):
            param.grad = torch.tensor(gradient(constants, k, len(param), step), dtype=dtype)
        limit = math.inf if case["max_norm"] is None else case["max_norm"]
        norm = torch.nn.utils.clip_grad_norm_(params, limit)
        case["pre_clip_norms"].append(digits(norm.item(), kept))
        if scheduler is not None:
            case["lr_per_step"].append(digits(optimizer.param_groups[0]["lr"], 12))
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        if step not in snapshots:
            continue
        snapshot = snapshots[step]
        snapshot["params"] = [plain(param) for param in params]
        for moment in ("exp_avg", "exp_avg_sq"):
            if moment in snapshot:
                snapshot[moment] = [plain(optimizer.state[param][moment]) for param in params[:2]]


def make(fixture):
    for case in fixture["cases"]:
        train(fixture, case)


run("optimizer", make, tolerance=1e-9, floor=1e-9)
