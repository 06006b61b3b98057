"""tests/fixtures/llama.json: transformers' own Llama in float64, from the file's weights and tokens.

Places that force float32 (norms, rotary, softmax) compute in float64 here: the modules see a `torch`
whose float32 is float64, and Tensor.float() keeps doubles.
"""

import importlib

import torch
from fixture import digits, run

DIGITS = 12


class Double:
    """torch, but float32 is float64."""

    def __getattr__(self, name):
        return torch.float64 if name in ("float32", "float") else getattr(torch, name)


torch.set_default_dtype(torch.float64)
torch.Tensor.float = lambda self, *args, **named: self.double()
for name in ("models.llama.modeling_llama", "modeling_rope_utils"):
    importlib.import_module(f"transformers.{name}").torch = Double()

from transformers import LlamaConfig, LlamaForCausalLM  # noqa: E402


def model_of(case):
    config = LlamaConfig(**case["config"])
    config._attn_implementation = "eager"
    model = LlamaForCausalLM(config).double().eval()
    weights = {
        name: torch.tensor(each["data"]).reshape(each["shape"])
        for name, each in case["weights"].items()
    }
    missing, unexpected = model.load_state_dict(weights, strict=False)
    tied = ["lm_head.weight"] if case["tied"] else []
    assert list(missing) == tied and not unexpected, (missing, unexpected)
    model.tie_weights()
    return model


def nulled(values, where):
    """Values as nested lists, null where `where` is false."""
    return [
        [digits(value, DIGITS) if kept else None for value, kept in zip(*row)]
        for row in zip(values.tolist(), where.tolist())
    ]


def gradients(model, logits, value):
    model.zero_grad()
    (dlogits,) = torch.autograd.grad(value, logits, retain_graph=True)
    value.backward(retain_graph=True)
    return dlogits, {name: each.grad.flatten() for name, each in model.named_parameters()}


def flat(tensor):
    return digits(tensor.tolist(), DIGITS)


def make_case(case):
    model = model_of(case)
    ids, mask = torch.tensor(case["input_ids"]), torch.tensor(case["attention_mask"])
    positions, weights = torch.tensor(case["position_ids"]), torch.tensor(case["loss_weights"])
    logits = model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False).logits
    case["logits"] = nulled(logits, mask == 1)

    # Position t scores token t + 1.
    scored = torch.zeros_like(mask, dtype=torch.bool)
    scored[:, :-1] = (mask[:, :-1] == 1) & (mask[:, 1:] == 1)
    logp, entropy = {}, {}
    for temperature in case["logp"]:
        log_probs = (logits / float(temperature)).log_softmax(-1)
        logp[temperature] = log_probs.gather(-1, ids.roll(-1, 1).unsqueeze(-1)).squeeze(-1)
        entropy[temperature] = -(log_probs.exp() * log_probs).sum(-1)
        case["logp"][temperature] = nulled(logp[temperature], scored)
        case["entropy"][temperature] = nulled(entropy[temperature], mask == 1)

    value = (weights * logp["1.0"]).sum()
    dlogits, grads = gradients(model, logits, value)
    loss = case["loss"]
    loss["value"], loss["dlogits"] = digits(value.item(), 15), nulled(dlogits, mask == 1)
    loss["grads"] = {name: flat(grads[name]) for name in loss["grads"]}

    value = (weights * logp["0.9"]).sum()
    dlogits, grads = gradients(model, logits, value)
    loss = case["loss_temperature_0_9"]
    loss["value"], loss["dlogits"] = digits(value.item(), 15), nulled(dlogits, mask == 1)
    loss["grad_checks"] = {
        name: {
            "sum": digits(grads[name].sum().item(), DIGITS),
            "sumsq": digits((grads[name] ** 2).sum().item(), DIGITS),
        }
        for name in loss["grad_checks"]
    }

    value = (weights * entropy["1.0"]).sum()
    (dlogits,) = torch.autograd.grad(value, logits)
    case["entropy_loss"]["value"] = digits(value.item(), 15)
    case["entropy_loss"]["dlogits"] = nulled(dlogits, mask == 1)

    for entry in case["kv_cache"]["entries"]:
        entry["last_logits"] = flat(model(input_ids=torch.tensor([entry["prefix"]])).logits[0, -1])
    greedy = case["greedy"]
    with torch.no_grad():
        greedy["sequences"] = model.generate(
            torch.tensor(greedy["prompt_ids"]),
            attention_mask=torch.tensor(greedy["prompt_mask"]),
            max_new_tokens=greedy["max_new_tokens"],
            do_sample=False,
            pad_token_id=0,
        ).tolist()


def make(fixture):
    for case in fixture["cases"]:
        make_case(case)


run("llama", make, tolerance=1e-8, floor=1.0)
