"""tests/fixtures/plateau.json: reduce_lr_on_plateau, stepped with the metric of each evaluation."""

import math

import torch
from fixture import run
from transformers import get_scheduler


def rates(learning_rate, kwargs, values):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=learning_rate)
    scheduler = get_scheduler("reduce_lr_on_plateau", optimizer, scheduler_specific_kwargs=kwargs)
    for value in values:
        scheduler.step(math.nan if value is None else value)
        yield optimizer.param_groups[0]["lr"]


def make(fixture):
    for case in fixture["cases"]:
        case["rates"] = list(rates(fixture["learning_rate"], case["kwargs"], case["values"]))


run("plateau", make, tolerance=1e-12, floor=1e-12)
