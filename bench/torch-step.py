"""The benchmark's training step in PyTorch, float32: on the GPU where torch finds one.

    python torch-step.py [S,M,L] [--n RUNS] [--device cuda|cpu|mps] [--compile MODE]

Eager, or with --compile through torch.compile in that mode (default, reduce-overhead, …).

The policy, batch and update are those of `npm run bench`: Llama blocks (RMSNorm, rotary positions,
causal attention, gated MLP), untied head, AdamW, gradient norm clipped at 1, the token-level
clipped objective on a batch whose ratios are 1. One JSON line per workload, with the same names.
Beside them, where it is eager: the card's float32 matrix product and copy, against which a step's
GFLOP/s and bytes can be held.
"""

import argparse
import json
import math
import platform
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

WORKLOADS = {
    "S": dict(vocab=32, layers=2, width=64, heads=4, context=32, batch=64),
    "M": dict(vocab=64, layers=4, width=128, heads=4, context=64, batch=64),
    "L": dict(vocab=64, layers=4, width=256, heads=8, context=128, batch=32),
}
WARM_UP = 5


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        linear = lambda inputs, outputs: nn.Linear(inputs, outputs, bias=False)
        self.heads = heads
        self.attention_norm = nn.RMSNorm(width, eps=1e-6)
        self.query_key_value = linear(width, 3 * width)
        self.output = linear(width, width)
        self.mlp_norm = nn.RMSNorm(width, eps=1e-6)
        self.gate_up = linear(width, 2 * hidden)
        self.down = linear(hidden, width)

    def forward(self, x, cosine, sine):
        rows, columns, width = x.shape
        fused = self.query_key_value(self.attention_norm(x))
        fused = fused.view(rows, columns, 3, self.heads, width // self.heads)
        query, key, value = fused.permute(2, 0, 3, 1, 4)
        query, key = rotate(query, cosine, sine), rotate(key, cosine, sine)
        attended = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.output(attended.transpose(1, 2).reshape(rows, columns, width))
        gate, up = self.gate_up(self.mlp_norm(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


def rotate(x, cosine, sine):
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)


class Policy(nn.Module):
    def __init__(self, vocab, layers, width, heads, context, batch):
        super().__init__()
        self.embedding = nn.Embedding(vocab, width)
        hidden = hidden_of(width)
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-6)
        self.head = nn.Linear(width, vocab, bias=False)
        half = width // heads // 2
        angles = torch.outer(torch.arange(context), 10_000.0 ** (-torch.arange(half) / half))
        self.register_buffer("cosine", angles.cos())
        self.register_buffer("sine", angles.sin())

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cosine, self.sine)
        return self.head(self.norm(x))


def hidden_of(width):
    return 4 * math.ceil(8 * width / 3 / 4)


def step_flops(vocab, layers, width, heads, context, batch):
    weights = layers * (4 * width**2 + 3 * width * hidden_of(width)) + width * vocab
    return 3 * batch * context * (2 * weights + layers * 4 * context * width)


def timed(run, wait, n):
    began = time.perf_counter()
    run()
    wait()
    first = 1e3 * (time.perf_counter() - began)
    for _ in range(WARM_UP):
        run()
    wait()
    times = []
    for _ in range(n):
        began = time.perf_counter()
        run()
        wait()
        times.append(1e3 * (time.perf_counter() - began))
    return dict(ms=statistics.median(times), min=min(times), max=max(times), n=n, first_ms=first)


def training_step(workload, device, mode):
    torch.manual_seed(1)
    policy = Policy(**workload).to(device)
    forward = policy if mode is None else torch.compile(policy, mode=mode)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-4, weight_decay=0.0)
    shape = (workload["batch"], workload["context"])
    tokens = torch.randint(workload["vocab"], shape, device=device)
    targets = torch.randint(workload["vocab"], shape, device=device)
    advantage = (torch.arange(shape[0], device=device) % 5 - 2.0).unsqueeze(1)

    def step():
        optimizer.zero_grad(set_to_none=True)
        logp = F.log_softmax(forward(tokens), dim=-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
        ratio = torch.exp(logp - logp.detach())
        clipped = ratio.clamp(0.8, 1.2)
        loss = -torch.minimum(ratio * advantage, clipped * advantage).mean()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        # As our step does: it ends when its norm is back.
        return norm.item()

    return step


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("workloads", nargs="?", default="S,M,L")
    arguments.add_argument("--n", type=int, default=20)
    arguments.add_argument("--device")
    arguments.add_argument("--compile")
    given = arguments.parse_args()
    found = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    device = given.device or found
    wait = {"cuda": torch.cuda.synchronize, "mps": torch.mps.synchronize}.get(device, lambda: None)
    torch.set_float32_matmul_precision("highest")
    card = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or device
    about = dict(host="torch", torch=torch.__version__, adapter=card, threads=torch.get_num_threads())
    if given.compile:
        about["compiled"] = given.compile

    for name in given.workloads.split(","):
        workload = WORKLOADS[name]
        timing = timed(training_step(workload, device, given.compile), wait, given.n)
        tokens = workload["batch"] * workload["context"]
        rates = dict(
            tok_s=round(1e3 * tokens / timing["ms"]),
            gflops=step_flops(**workload) / timing["ms"] / 1e6,
        )
        print(json.dumps(dict(kind="train", workload=name, **timing, **rates, **about)), flush=True)

    if given.compile:
        return
    size = 4096 if device == "cuda" else 1024
    left, right = (torch.randn(size, size, device=device) for _ in range(2))
    timing = timed(lambda: left @ right, wait, given.n)
    rate = 2 * size**3 / timing["ms"] / 1e6
    what = f"matmul {size}x{size}x{size}"
    print(json.dumps(dict(kind="limits", what=what, **timing, gflops=rate, **about)), flush=True)

    # Beyond any cache of the card; read and written.
    count = (1 << 28) if device == "cuda" else (1 << 22)
    source = torch.randn(count, device=device)
    target = torch.empty_like(source)
    timing = timed(lambda: target.copy_(source), wait, given.n)
    rate = 2 * 4 * count / timing["ms"] / 1e6
    print(json.dumps(dict(kind="limits", what=f"copy {4 * count >> 20} MiB", **timing, gb_s=rate, **about)))


main()
