"""tests/fixtures/schedules.json: every schedule of transformers, and how it rounds a warm-up."""

import torch
from fixture import run
from transformers import TrainingArguments, get_scheduler

PAST_THE_END = 7


def rates(case):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=case["base_lr"])
    scheduler = get_scheduler(
        case["scheduler"],
        optimizer,
        num_warmup_steps=case["num_warmup_steps"],
        num_training_steps=case["num_training_steps"],
        scheduler_specific_kwargs=case["kwargs"],
    )
    for _ in range(case["num_training_steps"] + PAST_THE_END):
        yield optimizer.param_groups[0]["lr"] / case["base_lr"]
        optimizer.step()
        scheduler.step()


def make(fixture):
    for case in fixture["cases"]:
        case.pop("multipliers", None)
        case.pop("error", None)
        try:
            case["multipliers"] = list(rates(case))
        except Exception as error:
            case["error"] = f"{type(error).__name__}: {error}"
    for case in fixture["warmup_steps_to_int"]:
        arguments = TrainingArguments(output_dir="unused", warmup_steps=case["warmup_steps"])
        case["result"] = arguments.get_warmup_steps(case["num_training_steps"])


run("schedules", make, tolerance=1e-9, floor=1e-6)
