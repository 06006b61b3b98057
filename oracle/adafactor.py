"""tests/fixtures/adafactor.json: Adafactor as transformers' Trainer sets it up, in float64."""

import torch
from fixture import digits, run
from transformers.optimization import Adafactor


def tensor(values, shape):
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def make(fixture):
    tensors = {
        each["name"]: torch.nn.Parameter(tensor(fixture["initial"][each["name"]], each["shape"]))
        for each in fixture["tensors"]
    }
    groups = [
        {
            "params": [tensors[each["name"]]],
            "weight_decay": fixture["weight_decay"] if each["decay"] else 0.0,
        }
        for each in fixture["tensors"]
    ]
    optimizer = Adafactor(
        groups, lr=fixture["steps"][0]["lr"], scale_parameter=False, relative_step=False
    )
    for step in fixture["steps"]:
        for group in optimizer.param_groups:
            group["lr"] = step["lr"]
        for name, parameter in tensors.items():
            parameter.grad = tensor(step["gradients"][name], parameter.shape)
        optimizer.step()
        step["parameters"] = {
            name: digits(parameter.flatten().tolist(), 10) for name, parameter in tensors.items()
        }


run("adafactor", make, tolerance=1e-8, floor=1e-3)
