"""The benchmark's LLaMA-shaped networks in PyTorch, moved by GaLore as published, written plainly: one thread, float32.

Each line "layers width heads hidden length sequences vocabulary rank steps" is answered by "seconds_per_step
seconds_per_renewal loss", CPU seconds. Steps are those between renewals; a renewal is the decomposition of all gradients.
The optimiser is a loop over tensors with in-place operations, as its authors' is: Adam's moments of P^T G or G P^T, epsilon
before the bias correction, the step scaled by 0.25 and projected back; embedding and norms by Adam at the same rate."""
import math
import sys
import time

from one_thread import torch
import torch.nn as nn
import torch.nn.functional as F


class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def turn(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat((-b, a), -1) * sin


class Block(nn.Module):
    def __init__(self, d, heads, hidden, length):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = RMSNorm(d), RMSNorm(d)
        self.q, self.k, self.v, self.o = (nn.Linear(d, d, bias=False) for _ in range(4))
        self.gate, self.up = nn.Linear(d, hidden, bias=False), nn.Linear(d, hidden, bias=False)
        self.down = nn.Linear(hidden, d, bias=False)
        self.register_buffer("mask", torch.triu(torch.full((1, length, length), -math.inf), 1))
        a = d // heads
        angle = torch.outer(torch.arange(length).float(), 10000.0 ** (-torch.arange(0, a, 2).float() / a))
        self.register_buffer("cos", torch.cat((angle.cos(), angle.cos()), -1))
        self.register_buffer("sin", torch.cat((angle.sin(), angle.sin()), -1))

    def forward(self, x):
        B, T, d = x.shape
        y = self.n1(x)
        q, k, v = (f(y).view(B, T, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        q, k = turn(q, self.cos, self.sin), turn(k, self.cos, self.sin)
        q, k, v = (z.reshape(B * self.heads, T, -1) for z in (q, k, v))
        a = torch.softmax(torch.baddbmm(self.mask, q, k.transpose(1, 2), alpha=1 / math.sqrt(q.shape[-1])), -1)
        y = torch.bmm(a, v).view(B, self.heads, T, -1).transpose(1, 2).reshape(B, T, d)
        x = x + self.o(y)
        y = self.n2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self, layers, d, heads, hidden, length, vocabulary):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, d)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(d, heads, hidden, length) for _ in range(layers))
        self.norm = RMSNorm(d)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.embedding.weight)


class GaLore:
    def __init__(self, model, rank, lr=1e-3, scale=0.25, betas=(0.9, 0.999), eps=1e-6):
        self.lr, self.scale, self.betas, self.eps, self.rank, self.steps = lr, scale, betas, eps, rank, 0
        self.state = [[p, name.startswith("blocks.") and p.dim() == 2, None, None, None]
                      for name, p in model.named_parameters()]

    def renew(self):
        for one in self.state:
            p, projected = one[:2]
            if projected:
                U, _, Vt = torch.linalg.svd(p.grad, full_matrices=False)
                one[2] = Vt[:self.rank] if p.shape[0] >= p.shape[1] else U[:, :self.rank]

    @torch.no_grad()
    def step(self):
        if self.steps == 0:
            self.renew()
        self.steps += 1
        b1, b2 = self.betas
        rate = self.lr * math.sqrt(1 - b2 ** self.steps) / (1 - b1 ** self.steps)
        for one in self.state:
            p, projected, P, M, V = one
            right = projected and p.shape[0] >= p.shape[1]
            g = p.grad if not projected else p.grad @ P.t() if right else P.t() @ p.grad
            if M is None:
                M, V = torch.zeros_like(g), torch.zeros_like(g)
                one[3:] = M, V
            M.mul_(b1).add_(g, alpha=1 - b1)
            V.mul_(b2).addcmul_(g, g, value=1 - b2)
            n = M / V.sqrt().add_(self.eps)
            if projected:
                n = self.scale * (n @ P if right else P @ n)
            p.add_(n, alpha=-rate)


def trainer(layers, d, heads, hidden, length, sequences, vocabulary, rank):
    torch.manual_seed(1)
    model = Llama(layers, d, heads, hidden, length, vocabulary)
    optimiser = GaLore(model, rank)
    tokens = torch.randint(vocabulary, (sequences, length + 1))

    def steps(n):
        start = time.process_time()
        for _ in range(n):
            for p in model.parameters():
                p.grad = None
            loss = F.cross_entropy(model(tokens[:, :-1]).reshape(-1, vocabulary), tokens[:, 1:].reshape(-1))
            loss.backward()
            optimiser.step()
        return (time.process_time() - start) / n, loss.item()

    def renewal():
        start = time.process_time()
        optimiser.renew()
        return time.process_time() - start

    return steps, renewal


print(f"ready PyTorch {torch.__version__}, 1 thread, float32", flush=True)
ready = {}
for line in sys.stdin:
    *shape, n = map(int, line.split())
    key = tuple(shape)
    if key not in ready:
        ready.clear()
        ready[key] = trainer(*shape)
        ready[key][0](2)
    seconds, loss = ready[key][0](n)
    print(seconds, ready[key][1](), loss, flush=True)
