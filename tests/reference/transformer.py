"""Reference runs of small transformers in PyTorch: writes tests/reference/<name>.safetensors.

    python3 tests/reference/transformer.py        (Debian: python3-torch)

Run by hand when a fixture is added; building and testing need only the files. Every model is
written from its equations with torch's operations and differentiated by autograd, in float64; wlm
is torch's own nn.TransformerEncoderLayer. A file holds, under the engine's parameter names,
    weight.<name>, gradient.<name>          the start, and the loss's gradient on batch 0
    tokens, targets (10, B, T)              one batch a step; target -1 does not count
    sequence_weights (B)                    of each sequence's terms in the mean loss
    logits, loss                            of batch 0 at the start
    <optimiser>.{options,losses,weight.<name>}  options lr, momentum, decay, clip; the loss before
        each of ten steps; the weights after them. Optimisers: sgd, adam (decay added to the
        gradient), adamw (decoupled).
"""
import json
import math
import os
import struct

import torch
import torch.nn.functional as F
from torch.nn.utils.stateless import functional_call

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
B, T, V, STEPS = 3, 6, 11, 10
OPTIMISERS = {"sgd": (0.1, 0.9, 0.01, 0.25), "adam": (0.01, 0, 0.02, 0.5), "adamw": (0.01, 0, 0.1, 0.5)}


def save(path, tensors):
    names = {torch.float64: "F64", torch.int64: "I64"}
    header, data = {}, b""
    for name, t in tensors.items():
        raw = t.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": names[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


# The allowed keys of every query, True where seen.
def allowed(window=0, own=True):
    i, j = torch.arange(T)[:, None], torch.arange(T)[None, :]
    return (j <= i if own else j < i) & ((i - j < window) if window else (j >= 0))


def split_heads(x, heads):
    return x.view(B, T, heads, -1).transpose(1, 2)


def attention(q, k, v, mask, off_by_one=False):
    k, v = (x.repeat_interleave(q.shape[1] // x.shape[1], 1) for x in (k, v))
    s = torch.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(q.shape[-1])
    s = s.masked_fill(~mask, -math.inf)
    if off_by_one:
        s = torch.cat([s, torch.zeros(*s.shape[:3], 1)], -1)
    a = torch.softmax(s, -1)[..., :T]
    return torch.einsum("bhij,bhjd->bihd", a, v).reshape(B, T, -1)


# Rotary positions as complex multiplication; pairs (i, i + n/2) or (2 i, 2 i + 1) of the first n.
def rope(x, n, interleaved=False, base=10000.0):
    turned, rest = x[..., :n], x[..., n:]
    z = turned.unflatten(-1, (-1, 2)) if interleaved else turned.unflatten(-1, (2, -1)).transpose(-1, -2)
    angle = torch.arange(T)[:, None] * base ** (-torch.arange(n // 2) * 2.0 / n)
    z = torch.view_as_real(torch.view_as_complex(z.contiguous()) * torch.polar(torch.ones_like(angle), angle))
    back = z.flatten(-2) if interleaved else z.transpose(-1, -2).flatten(-2)
    return torch.cat([back, rest], -1)


def rms(x, gain):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * gain


class Model:
    """`shapes` of the parameters by the engine's names; `forward(p, tokens)` to logits."""

    def linear(self, p, name, x):
        return F.linear(x, p[name + ".weight"], p.get(name + ".bias"))

    def norm(self, p, name, x):
        return F.layer_norm(x, x.shape[-1:], p[name + ".weight"], p.get(name + ".bias"))


def names_of(layers, maps, norms, biases=True, norm_bias=True):
    shapes = {}
    for l in range(layers):
        for name in norms:
            shapes[f"layers.{l}.{name}.weight"] = (norms[name],)
            if norm_bias:
                shapes[f"layers.{l}.{name}.bias"] = (norms[name],)
        for name, (out, inner) in maps.items():
            shapes[f"layers.{l}.{name}.weight"] = (out, inner)
            if biases is True or biases and biases in name:
                shapes[f"layers.{l}.{name}.bias"] = (out,)
    return shapes


def square(d, h, q=None, kv=None):
    q, kv = q or d, kv or d
    return {"attention.query": (q, d), "attention.key": (kv, d), "attention.value": (kv, d),
            "attention.output": (d, q), "mlp.up": (h, d), "mlp.down": (d, h)}


class Wlm(Model):
    """word_language_model: nn.TransformerEncoderLayer (post-norm, ReLU), scale sqrt(d), sinusoids."""
    D, H, HEADS = 8, 10, 2

    def __init__(self):
        self.shapes = {"embedding.weight": (V, self.D), **names_of(2, square(self.D, self.H), {"norm1": self.D, "norm2": self.D}),
                       "decoder.weight": (V, self.D), "decoder.bias": (V,)}
        self.layer = torch.nn.TransformerEncoderLayer(self.D, self.HEADS, self.H, dropout=0.0)
        position = torch.arange(T).unsqueeze(1)
        div = torch.exp(torch.arange(0, self.D, 2) * (-math.log(10000.0) / self.D))
        self.pe = torch.zeros(T, 1, self.D)
        self.pe[:, 0, 0::2], self.pe[:, 0, 1::2] = torch.sin(position * div), torch.cos(position * div)

    def forward(self, p, tokens):
        x = F.embedding(tokens.t(), p["embedding.weight"]) * math.sqrt(self.D) + self.pe
        mask = torch.triu(torch.full((T, T), -math.inf), 1)
        for l in range(2):
            at = lambda name: p[f"layers.{l}.{name}"]
            weights = {"self_attn.in_proj_" + k: torch.cat([at(f"attention.{n}.{k}") for n in ("query", "key", "value")])
                       for k in ("weight", "bias")}
            for ours, theirs in {"attention.output": "self_attn.out_proj", "mlp.up": "linear1", "mlp.down": "linear2",
                                 "norm1": "norm1", "norm2": "norm2"}.items():
                weights.update({f"{theirs}.{k}": at(f"{ours}.{k}") for k in ("weight", "bias")})
            x = functional_call(self.layer, weights, (x, mask))
        return self.linear(p, "decoder", x).transpose(0, 1)


class Hierarchy(Model):
    """JoMA's table 1: post-norm, one head, no positions, no output projection, the last token alone."""
    D, H, OUT = 8, 10, 5

    def __init__(self):
        maps = square(self.D, self.H)
        del maps["attention.output"]
        self.shapes = {"embedding.weight": (V, self.D), **names_of(2, maps, {"norm1": self.D, "norm2": self.D}, biases="mlp"),
                       "decoder.weight": (self.OUT, self.D), "decoder.bias": (self.OUT,)}

    def forward(self, p, tokens):
        x = p["embedding.weight"][tokens]
        for l in range(2):
            at = f"layers.{l}."
            q, k, v = (split_heads(self.linear(p, at + "attention." + n, x), 1) for n in ("query", "key", "value"))
            x = self.norm(p, at + "norm1", x + attention(q, k, v, allowed()))
            x = self.norm(p, at + "norm2", x + self.linear(p, at + "mlp.down", torch.relu(self.linear(p, at + "mlp.up", x))))
        return self.linear(p, "decoder", x[:, -1])


class Gpt2(Model):
    D, H, HEADS = 8, 12, 2

    def __init__(self):
        self.shapes = {"embedding.weight": (V, self.D), "position.weight": (T, self.D),
                       **names_of(2, square(self.D, self.H), {"norm1": self.D, "norm2": self.D}), "norm.weight": (self.D,), "norm.bias": (self.D,)}

    def forward(self, p, tokens):
        x = p["embedding.weight"][tokens] + p["position.weight"]
        for l in range(2):
            at = f"layers.{l}."
            y = self.norm(p, at + "norm1", x)
            q, k, v = (split_heads(self.linear(p, at + "attention." + n, y), self.HEADS) for n in ("query", "key", "value"))
            x = x + self.linear(p, at + "attention.output", attention(q, k, v, allowed()))
            y = self.norm(p, at + "norm2", x)
            x = x + self.linear(p, at + "mlp.down", F.gelu(self.linear(p, at + "mlp.up", y), approximate="tanh"))
        return self.norm(p, "norm", x) @ p["embedding.weight"].t()


class Llama(Model):
    """RMS norms, rotary halves, SwiGLU, four heads on two key heads of width 4, an untied decoder."""
    D, H, HEADS, KV, A = 10, 9, 4, 2, 4

    def __init__(self):
        maps = square(self.D, self.H, self.HEADS * self.A, self.KV * self.A)
        maps["mlp.gate"] = (self.H, self.D)
        self.shapes = {"embedding.weight": (V, self.D), **names_of(2, maps, {"norm1": self.D, "norm2": self.D}, False, False),
                       "norm.weight": (self.D,), "decoder.weight": (V, self.D)}

    def forward(self, p, tokens):
        x = p["embedding.weight"][tokens]
        for l in range(2):
            at = f"layers.{l}."
            y = rms(x, p[at + "norm1.weight"])
            q, k, v = (split_heads(self.linear(p, at + "attention." + n, y), h)
                       for n, h in (("query", self.HEADS), ("key", self.KV), ("value", self.KV)))
            x = x + self.linear(p, at + "attention.output", attention(rope(q, self.A), rope(k, self.A), v, allowed()))
            y = rms(x, p[at + "norm2.weight"])
            x = x + self.linear(p, at + "mlp.down", F.silu(self.linear(p, at + "mlp.gate", y)) * self.linear(p, at + "mlp.up", y))
        return rms(x, p["norm.weight"]) @ p["decoder.weight"].t()


class Neox(Model):
    """Parallel sublayers, half of each head turned, GELU by erf, an untied decoder."""
    D, H, HEADS = 16, 12, 2

    def __init__(self):
        self.shapes = {"embedding.weight": (V, self.D), **names_of(1, square(self.D, self.H), {"norm1": self.D, "norm2": self.D}),
                       "norm.weight": (self.D,), "norm.bias": (self.D,), "decoder.weight": (V, self.D)}

    def forward(self, p, tokens):
        x, at = p["embedding.weight"][tokens], "layers.0."
        y, n = self.norm(p, at + "norm1", x), self.D // self.HEADS // 2
        q, k, v = (split_heads(self.linear(p, at + "attention." + n_, y), self.HEADS) for n_ in ("query", "key", "value"))
        a = self.linear(p, at + "attention.output", attention(rope(q, n), rope(k, n), v, allowed()))
        m = self.linear(p, at + "mlp.down", F.gelu(self.linear(p, at + "mlp.up", self.norm(p, at + "norm2", x))))
        return self.norm(p, "norm", x + a + m) @ p["decoder.weight"].t()


class Mixed(Model):
    """What no family above has: rotary pairs, a window of 3 keys, softmax off by one, norms without
    bias, SiLU; depths 0 and 2 share their weights."""
    D, H, HEADS = 8, 9, 2

    def __init__(self):
        self.shapes = {"embedding.weight": (V, self.D), **names_of(2, square(self.D, self.H), {"norm1": self.D, "norm2": self.D}, "mlp", False),
                       "norm.weight": (self.D,)}

    def forward(self, p, tokens):
        x = p["embedding.weight"][tokens]
        for l in (0, 1, 0):
            at = f"layers.{l}."
            y = self.norm(p, at + "norm1", x)
            q, k, v = (split_heads(self.linear(p, at + "attention." + n, y), self.HEADS) for n in ("query", "key", "value"))
            q, k = rope(q, 4, True), rope(k, 4, True)
            x = x + self.linear(p, at + "attention.output", attention(q, k, v, allowed(3), True))
            y = self.norm(p, at + "norm2", x)
            x = x + self.linear(p, at + "mlp.down", F.silu(self.linear(p, at + "mlp.up", y)))
        return self.norm(p, "norm", x) @ p["embedding.weight"].t()


class Theory(Model):
    """Y/Z on one-hot tokens: z = the query's row of Z, attention over the tokens before it by how often
    each occurs; scansnap: the attention's l2-normalised context; joma: the context + the query."""

    def __init__(self, scansnap):
        self.scansnap = scansnap
        self.shapes = {"embedding.weight": (V, V), "layers.0.attention.key.weight": (V, V), "decoder.weight": (5 if not scansnap else V, V)}

    def forward(self, p, tokens):
        query = F.one_hot(tokens[:, -1], V).double()
        counts = F.one_hot(tokens[:, :-1], V).double().sum(1)
        c = counts * torch.exp(query @ p["layers.0.attention.key.weight"])
        c = c / c.sum(1, keepdim=True)
        f = c / c.norm(dim=1, keepdim=True) if self.scansnap else c + query
        return f @ p["decoder.weight"].t()


def start(name, shape, theory):
    if theory and name == "embedding.weight":
        return torch.eye(V)
    if "norm" in name:
        return (1.0 if name.endswith("weight") else 0.0) + 0.2 * torch.randn(shape)
    return 0.4 * torch.randn(shape)


def loss_of(logits, targets, weights):
    if logits.dim() == 3:
        weights = weights[:, None].expand(targets.shape)
    else:
        targets = targets[:, 0]
    counts = targets.reshape(-1) >= 0
    each = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1).clamp(min=0), reduction="none")
    w = weights.reshape(-1) * counts
    return (w * each).sum() / w.sum()


def write(name, model, weighted=False, theory=False):
    torch.manual_seed(sum(map(ord, name)))
    begin = {n: start(n, s, theory) for n, s in model.shapes.items()}
    tokens = torch.randint(V, (STEPS, B, T))
    with torch.no_grad():
        outputs = model.forward(begin, tokens[0]).shape
    last = len(outputs) == 2
    targets = torch.randint(outputs[-1], (STEPS, B, 1 if last else T))
    if not last:
        targets[:, 1, 2] = -1
    weights = torch.tensor([0.5, 1.0, 2.25]) if weighted else torch.ones(B)
    moving = [n for n in begin if not (theory and n == "embedding.weight")]
    tensors = {"tokens": tokens, "targets": targets, "sequence_weights": weights}
    tensors.update({"weight." + n: w for n, w in begin.items()})

    def fresh():
        return {n: w.clone().requires_grad_(n in moving) for n, w in begin.items()}

    p = fresh()
    logits = model.forward(p, tokens[0])
    loss = loss_of(logits, targets[0], weights)
    loss.backward()
    tensors.update({"logits": logits, "loss": loss.reshape(1), **{"gradient." + n: p[n].grad for n in moving}})
    for kind, (lr, momentum, decay, clip) in OPTIMISERS.items():
        p = fresh()
        moved = [p[n] for n in moving]
        if kind == "sgd":
            optimiser = torch.optim.SGD(moved, lr, momentum=momentum, weight_decay=decay)
        else:
            optimiser = (torch.optim.Adam if kind == "adam" else torch.optim.AdamW)(moved, lr, weight_decay=decay)
        losses = []
        for s in range(STEPS):
            optimiser.zero_grad()
            loss = loss_of(model.forward(p, tokens[s]), targets[s], weights)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(moved, clip)
            optimiser.step()
            losses.append(loss.item())
        tensors[kind + ".options"] = torch.tensor([lr, momentum, decay, clip])
        tensors[kind + ".losses"] = torch.tensor(losses)
        tensors.update({f"{kind}.weight.{n}": p[n] for n in moving})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".safetensors")
    save(path, tensors)
    print(name, os.path.getsize(path), "bytes,", sum(w.numel() for w in begin.values()), "parameters, loss",
          tensors["loss"].item(), "->", *(round(tensors[k + ".losses"][-1].item(), 4) for k in OPTIMISERS))


write("wlm", Wlm())
write("hierarchy", Hierarchy(), weighted=True)
write("gpt2", Gpt2())
write("llama", Llama(), weighted=True)
write("neox", Neox())
write("mixed", Mixed())
write("scansnap", Theory(True), theory=True)
write("joma", Theory(False), weighted=True, theory=True)
