"""The figure-6 cell in PyTorch: Y/Z transformer, autograd, two SGD optimisers, data drawn by torch.

Each line "way num_last steps lr_z ratio seed" is answered by "cpu_seconds entropy". way `written`: the
model as the equations have it, one-hot tokens X (batch, 127, M), softmax over positions, sum of X.
way `tuned`: the same numbers without one-hot tensors; two ways to draw (torch.multinomial; rand and
searchsorted) and two ways to write the attention (a softmax over the 127 positions and a scatter;
weights count * exp(z) over the tokens) are timed first, and the fastest pair is used. One thread:
more are slower at these sizes."""
import sys
import time

from one_thread import torch

BATCH, LENGTH, COMMON, DISTINCT, PER_LAST = 128, 128, 10, 10, 2


def data(num_last):
    classes = num_last * PER_LAST
    tokens = COMMON + DISTINCT * classes + num_last + classes
    weights = torch.cat([torch.ones(COMMON), torch.linspace(0.1, 1, DISTINCT)])
    p = (weights / weights.sum()).repeat(classes, 1)
    support = torch.cat([torch.arange(COMMON).repeat(classes, 1),
                         COMMON + torch.arange(DISTINCT * classes).view(classes, DISTINCT)], 1)
    return classes, tokens, p, support


def draw_multinomial(p, label):
    return torch.multinomial(p[label], LENGTH - 1, replacement=True)


def draw_inverse(p, label):
    return torch.searchsorted(p[0].cumsum(0)[:-1].contiguous(), torch.rand(BATCH, LENGTH - 1))


def by_positions(Y, Z, last, tokens):
    a = torch.softmax(Z[last].gather(1, tokens), 1)
    return torch.zeros(BATCH, Y.shape[0]).scatter_add(1, tokens, a)


def by_counts(Y, Z, last, tokens):
    counts = torch.zeros(BATCH, Y.shape[0]).scatter_add_(1, tokens, torch.ones(tokens.shape))
    z = Z[last]
    c = counts * torch.exp(z - z.detach().max(1, keepdim=True)[0])
    return c / c.sum(1, keepdim=True)


def as_written(Y, Z, last, tokens):
    M = Y.shape[0]
    X = torch.nn.functional.one_hot(tokens, M).float()
    q = torch.nn.functional.one_hot(last, M).float()
    a = torch.softmax(torch.einsum("blm,bm->bl", X, q @ Z), 1)
    return torch.einsum("bl,blm->bm", a, X)


def cell(num_last, steps, lr_z, ratio, seed, draw, attend):
    torch.manual_seed(seed)
    classes, M, p, support = data(num_last)
    Y = ((torch.rand(M, M) * 2 - 1) / M ** 0.5).requires_grad_()
    Z = ((torch.rand(M, M) * 2 - 1) / M ** 0.5).requires_grad_()
    last_id = COMMON + DISTINCT * classes
    optimisers = [torch.optim.SGD([Y], lr=lr_z * ratio, momentum=0.9), torch.optim.SGD([Z], lr=lr_z, momentum=0.9)]
    for _ in range(steps):
        label = torch.randint(classes, (BATCH,))
        tokens = support[label].gather(1, draw(p, label))
        c = attend(Y, Z, last_id + torch.div(label, PER_LAST, rounding_mode="floor"), tokens)
        f = c / c.norm(dim=1, keepdim=True)
        loss = torch.nn.functional.cross_entropy(f @ Y, last_id + num_last + label)
        for o in optimisers:
            o.zero_grad(set_to_none=True)
        loss.backward()
        for o in optimisers:
            o.step()
    with torch.no_grad():
        logits = Z[last_id + torch.arange(classes) // PER_LAST].gather(1, support)[:, COMMON:] + p[:, COMMON:].log()
        c = torch.softmax(logits, 1)
        return -(c * c.log()).sum(1).mean().item()


def timed(*arguments):
    start = time.process_time()
    entropy = cell(*arguments)
    return time.process_time() - start, entropy


ways = [(d, a) for d in (draw_multinomial, draw_inverse) for a in (by_positions, by_counts)]
plain, best = (draw_multinomial, as_written), {}
print(f"ready PyTorch {torch.__version__}, 1 thread, float32", flush=True)
for line in sys.stdin:
    way, *rest = line.split()
    num_last, steps, lr_z, ratio, seed = (float(x) if i in (2, 3) else int(x) for i, x in enumerate(rest))
    if num_last not in best:
        for pair in ways + [plain]:
            cell(num_last, 5, 1.0, 2.0, 0, *pair)
        best[num_last] = min(ways, key=lambda pair: min(timed(num_last, 20, 1.0, 2.0, 0, *pair)[0] for _ in range(3)))
    pair = plain if way == "written" else best[num_last]
    print(*timed(num_last, steps, lr_z, ratio, seed, *pair), pair[0].__name__, pair[1].__name__, flush=True)
