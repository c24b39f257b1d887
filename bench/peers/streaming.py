"""StreamingLLM's published scheme in PyTorch, token by token: keys are kept before they turn, and at each step the whole
cache turns by its slots; what leaves is cut out and the rest put together anew. One thread, float32, random weights.

Each line "layers width heads hidden vocabulary slots sinks tokens" is answered by "cpu_seconds_per_token", the cache full."""
import math
import sys
import time

from one_thread import torch
import torch.nn.functional as F


class Stream:
    def __init__(self, layers, d, heads, hidden, vocabulary, slots, sinks):
        def w(out, inner):
            return torch.randn(out, inner) / math.sqrt(inner)

        self.heads, self.a, self.slots, self.sinks = heads, d // heads, slots, sinks
        self.blocks = [(torch.ones(d), w(3 * d, d), w(d, d), torch.ones(d), w(2 * hidden, d), w(d, hidden))
                       for _ in range(layers)]
        self.embedding, self.norm = w(vocabulary, d), torch.ones(d)
        angle = torch.arange(slots)[:, None] * 10000.0 ** (-torch.arange(0, self.a, 2) / self.a)
        self.cos, self.sin = angle.cos(), angle.sin()
        self.cache = [(torch.zeros(heads, 0, self.a), torch.zeros(heads, 0, self.a)) for _ in range(layers)]

    def rms(self, x, gain):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * gain

    def turn(self, x, cos, sin):  # (heads, n, a), by halves
        u, v = x.chunk(2, -1)
        return torch.cat([u * cos - v * sin, u * sin + v * cos], -1)

    def step(self, token):
        x = self.embedding[token]
        for l, (n1, qkv, out, n2, up, down) in enumerate(self.blocks):
            q, k, v = F.linear(self.rms(x, n1), qkv).view(3, self.heads, 1, self.a)
            keys, values = self.cache[l]
            if keys.shape[1] == self.slots:  # one slot is free for the token's own
                s = self.sinks
                keys = torch.cat([keys[:, :s], keys[:, s + 1:]], 1)
                values = torch.cat([values[:, :s], values[:, s + 1:]], 1)
            keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
            self.cache[l] = keys, values
            n = keys.shape[1]
            q = self.turn(q, self.cos[n - 1:n], self.sin[n - 1:n])
            w = torch.softmax(torch.matmul(q, self.turn(keys, self.cos[:n], self.sin[:n]).transpose(1, 2)) / math.sqrt(self.a), -1)
            x = x + F.linear(torch.matmul(w, values).view(-1), out)
            gate, value = F.linear(self.rms(x, n2), up).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * value, down)
        return int(torch.argmax(F.linear(self.rms(x, self.norm), self.embedding)))


print("ready PyTorch", torch.__version__, flush=True)
streams = {}
with torch.no_grad():
    for line in sys.stdin:
        *shape, tokens = (int(x) for x in line.split())
        stream = streams.get(tuple(shape))
        token = 1
        if not stream:
            stream = streams[tuple(shape)] = Stream(*shape)
            for _ in range(stream.slots):
                token = stream.step(token)
        start = time.process_time()
        for _ in range(tokens):
            token = stream.step(token)
        print((time.process_time() - start) / tokens, flush=True)
