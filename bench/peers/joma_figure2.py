"""Training of JoMA's Figures 2 and 3 in PyTorch: softmax attention with one query, linear nodes, mean
cross-entropy over one sample per class, plain gradient descent on W and z.

Each line "way bits seed classes distinct common temperature lr steps" is answered by "cpu_seconds z_0".
way `written`: autograd and torch.optim.SGD, as the authors train; `tuned`: the same numbers by
hand-written gradients without autograd, in place where it pays. bits 64 or 32. The instance is drawn by
SplitMix64 as ours is, so that z_0 must agree. One thread: more are slower at this size."""
import math
import sys
import time

from one_thread import torch

MASK = (1 << 64) - 1


def uniforms(seed):
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        x = state
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
        yield ((x ^ (x >> 31)) >> 11) * 2.0 ** -53


def instance(seed, classes, distinct, common, kind):
    tokens, u = distinct + common, uniforms(seed)

    def normal():
        a, b = 1 - next(u), next(u)
        return 0.01 * math.sqrt(-2 * math.log(a)) * math.cos(2 * math.pi * b)

    x = [[0.5 * next(u) for _ in range(classes)] for _ in range(tokens)]
    for l in range(distinct):
        for i in range(classes):
            x[l][i] = math.exp(-(l - distinct * i / classes) ** 2 / 30)
    v = [[normal() for _ in range(classes)] for _ in range(tokens)]
    xi = [normal() for _ in range(classes)]
    z = [normal() for _ in range(tokens)]
    x = torch.tensor(x, dtype=torch.float64)
    return [t.to(kind).contiguous() for t in
            ((x / x.sum(0)).T, torch.tensor(v + [xi], dtype=torch.float64), torch.tensor(z, dtype=torch.float64))]


def written(x, w, z, temperature, lr, steps):
    """x (N, M); w (M + 1, K): its last row meets the query's constant unit vector."""
    n, tokens = x.shape
    w, z = w.clone().requires_grad_(), z.clone().requires_grad_()
    optimiser = torch.optim.SGD([w, z], lr=lr)
    label, one = torch.arange(n), torch.ones(n, 1, dtype=x.dtype)
    loss_of = torch.nn.CrossEntropyLoss()
    for _ in range(steps):
        b = x * torch.exp(z / temperature)
        b = b / b.sum(1, keepdim=True)
        loss = loss_of(torch.cat([b, one], 1) @ w, label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return z.detach()


@torch.no_grad()
def tuned(x, w, z, temperature, lr, steps):
    n, tokens = x.shape
    w, z = w.clone(), z.clone()
    v = w[:tokens]
    f = torch.ones(n, tokens + 1, dtype=x.dtype)
    b, eye = f[:, :tokens], torch.eye(n, w.shape[1], dtype=x.dtype) / n
    for _ in range(steps):
        torch.mul(x, torch.exp(z / temperature), out=b)
        b /= b.sum(1, keepdim=True)
        q = torch.softmax(f @ w, 1)
        q = torch.sub(eye, q, alpha=1 / n)
        s = b * (q @ v.T)
        z.add_((s.sum(0) - (b * s.sum(1, keepdim=True)).sum(0)), alpha=lr / temperature)
        w.addmm_(f.T, q, alpha=lr)
    return z


print("ready", "PyTorch", torch.__version__, "1 thread", flush=True)
for line in sys.stdin:
    way, bits, seed, classes, distinct, common, temperature, lr, steps = line.split()
    data = instance(int(seed), int(classes), int(distinct), int(common), torch.float64 if bits == "64" else torch.float32)
    train = written if way == "written" else tuned
    train(*data, float(temperature), float(lr), 20)  # warm
    start = time.process_time()
    z = train(*data, float(temperature), float(lr), int(steps))
    print(time.process_time() - start, "%.12g" % z[0].item(), flush=True)
