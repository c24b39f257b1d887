"""Monte Carlo of JoMA's Theorem 3 in PyTorch: E[g phi'(v.x + xi) (x, 1)] for ReLU, tanh, GELU and y^2/2, with
standard errors, from Gaussian clusters; drawn by torch, float64, one thread, in blocks that fit the cache.

Each line "samples seed" is answered by "cpu_seconds largest_error". Two block sizes are timed first, and
the faster one is used."""
import math
import sys
import time

from one_thread import torch

D, SIGMA, XI, WEIGHTS = 6, 0.7, 0.2, (0.5, -0.3, 0.8)
torch.manual_seed(11)
CENTRES = 1.5 * torch.randn(3, D, dtype=torch.float64)
V = 0.8 * torch.randn(D, dtype=torch.float64)


def slopes(h):
    t = torch.tanh(h)
    gelu = 0.5 * torch.erfc(-h * math.sqrt(0.5)) + h * torch.exp(-0.5 * h * h) / math.sqrt(2 * math.pi)
    return torch.stack([(h > 0).double(), 1 - t * t, gelu, h])


def run(samples, block):
    mean = torch.zeros(4, D + 1, dtype=torch.float64)
    variance = torch.zeros_like(mean)
    x = torch.ones(block, D + 1, dtype=torch.float64)
    for centre, weight in zip(CENTRES, WEIGHTS):
        first = torch.zeros_like(mean)
        second = torch.zeros_like(mean)
        for start in range(0, samples, block):
            part = x[:min(block, samples - start)]
            part[:, :D] = torch.randn(len(part), D, dtype=torch.float64).mul_(SIGMA).add_(centre)
            f = slopes(part[:, :D] @ V + XI)
            first += f @ part
            second += (f * f) @ (part * part)
        first /= samples
        mean += weight * first
        variance += weight**2 * (second / samples - first * first) / samples
    return mean, variance.sqrt()


def timed(samples, block):
    start = time.process_time()
    error = run(samples, block)[1]
    return time.process_time() - start, error.max().item()


block = min((1024, 16384), key=lambda size: min(timed(200000, size)[0] for _ in range(2)))
print(f"ready {torch.__version__}, blocks of {block}", flush=True)
for line in sys.stdin:
    samples, seed = map(int, line.split())
    torch.manual_seed(seed)
    print(*timed(samples, block), flush=True)
