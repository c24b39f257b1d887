"""The benchmark's LLaMA in PyTorch, forward alone: same shape, one thread, float32, random weights.

Each line "layers width heads hidden tokens" is answered by "cpu_seconds" of one pass, logits of the last token."""
import math
import sys
import time

from one_thread import torch
import torch.nn.functional as F


class Llama:
    def __init__(self, layers, d, heads, hidden, tokens):
        def w(out, inner):
            return torch.randn(out, inner) / math.sqrt(inner)

        self.heads, self.a = heads, d // heads
        self.blocks = [(torch.ones(d), w(3 * d, d), w(d, d), torch.ones(d), w(2 * hidden, d), w(d, hidden))
                       for _ in range(layers)]
        self.embedding, self.norm = w(32000, d), torch.ones(d)
        angle = torch.arange(tokens)[:, None] * 10000.0 ** (-torch.arange(0, self.a, 2) / self.a)
        self.cos, self.sin = angle.cos(), angle.sin()
        self.mask = torch.triu(torch.full((1, tokens, tokens), -math.inf), 1)

    def rms(self, x, gain):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * gain

    def turn(self, x):  # (heads, T, a), by halves
        u, v = x.chunk(2, -1)
        return torch.cat([u * self.cos - v * self.sin, u * self.sin + v * self.cos], -1)

    def forward(self, tokens):
        x = self.embedding[tokens]
        T, d = x.shape
        for n1, qkv, out, n2, up, down in self.blocks:
            q, k, v = (y.view(T, self.heads, self.a).transpose(0, 1) for y in F.linear(self.rms(x, n1), qkv).split(d, 1))
            s = torch.baddbmm(self.mask, self.turn(q), self.turn(k).transpose(1, 2), alpha=1 / math.sqrt(self.a))
            x = x + F.linear(torch.bmm(torch.softmax(s, -1), v).transpose(0, 1).reshape(T, d), out)
            gate, value = F.linear(self.rms(x, n2), up).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * value, down)
        return F.linear(self.rms(x[-1:], self.norm), self.embedding)


print("ready PyTorch", torch.__version__, flush=True)
nets = {}
with torch.no_grad():
    for line in sys.stdin:
        shape = tuple(int(x) for x in line.split())
        if shape not in nets:
            nets[shape] = Llama(*shape)
            nets[shape].forward(torch.randint(0, 32000, (shape[4],)))
        tokens = torch.randint(0, 32000, (shape[4],))
        start = time.process_time()
        nets[shape].forward(tokens)
        print(time.process_time() - start, flush=True)
