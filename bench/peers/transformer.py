"""The benchmark's transformers in PyTorch, trained as ours are: same shapes, one thread, float32.

Each line "kind layers width heads hidden length sequences vocabulary steps" is answered by "cpu_seconds_per_step
loss". kind gpt2: pre-norm, learned positions, GELU (tanh), tied, Adam; one fused projection, baddbmm for the masked
scores, the causal mask made once. kind wlm: nn.TransformerEncoder as word_language_model has it, dropout 0.2, clipping
at 0.25, Adam. Adam is timed in its two forms (a loop over tensors, and foreach) and the faster is used."""
import math
import sys
import time

from one_thread import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, d, heads, hidden, length):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, hidden), nn.Linear(hidden, d)
        self.register_buffer("mask", torch.triu(torch.full((1, length, length), -math.inf), 1))

    def forward(self, x):
        B, T, d = x.shape
        q, k, v = (y.view(B, T, self.heads, -1).transpose(1, 2).reshape(B * self.heads, T, -1)
                   for y in self.qkv(self.n1(x)).split(d, 2))
        a = torch.softmax(torch.baddbmm(self.mask, q, k.transpose(1, 2), alpha=1 / math.sqrt(q.shape[-1])), -1)
        y = torch.bmm(a, v).view(B, self.heads, T, -1).transpose(1, 2).reshape(B, T, d)
        x = x + self.out(y)
        return x + self.down(F.gelu(self.up(self.n2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    clip = 0

    def __init__(self, layers, d, heads, hidden, length, vocabulary):
        super().__init__()
        self.embedding, self.position = nn.Embedding(vocabulary, d), nn.Parameter(0.02 * torch.randn(length, d))
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(d, heads, hidden, length) for _ in range(layers))
        self.norm = nn.LayerNorm(d)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.position
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.embedding.weight)


class Wlm(nn.Module):
    clip = 0.25

    def __init__(self, layers, d, heads, hidden, length, vocabulary):
        super().__init__()
        self.d = d
        self.embedding, self.decoder = nn.Embedding(vocabulary, d), nn.Linear(d, vocabulary)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
        position = torch.arange(length).unsqueeze(1)
        div = torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
        pe = torch.zeros(length, 1, d)
        pe[:, 0, 0::2], pe[:, 0, 1::2] = torch.sin(position * div), torch.cos(position * div)
        self.register_buffer("pe", pe)
        self.register_buffer("mask", torch.triu(torch.full((length, length), -math.inf), 1))
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(d, heads, hidden, 0.2), layers)

    def forward(self, tokens):
        x = self.drop(self.embedding(tokens.t()) * math.sqrt(self.d) + self.pe)
        return self.decoder(self.encoder(x, self.mask)).transpose(0, 1)


def trainer(kind, layers, d, heads, hidden, length, sequences, vocabulary, foreach):
    torch.manual_seed(1)
    model = {"gpt2": Gpt2, "wlm": Wlm}[kind](layers, d, heads, hidden, length, vocabulary)
    model.train()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=foreach)
    tokens = torch.randint(vocabulary, (sequences, length + 1))

    def steps(n):
        start = time.process_time()
        for _ in range(n):
            optimiser.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(tokens[:, :-1]).reshape(-1, vocabulary), tokens[:, 1:].reshape(-1))
            loss.backward()
            if model.clip:
                nn.utils.clip_grad_norm_(model.parameters(), model.clip)
            optimiser.step()
        return (time.process_time() - start) / n, loss.item()

    return steps


print(f"ready PyTorch {torch.__version__}, 1 thread, float32", flush=True)
ready = {}
for line in sys.stdin:
    kind, *numbers = line.split()
    *shape, n = map(int, numbers)
    key = (kind, *shape)
    if key not in ready:
        ready.clear()
        both = [trainer(kind, *shape, foreach) for foreach in (False, True)]
        for steps in both:
            steps(2)
        ready[key] = min(both, key=lambda steps: min(steps(max(1, n // 2))[0] for _ in range(3)))
    print(*ready[key](n), flush=True)
