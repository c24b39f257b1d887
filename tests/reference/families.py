"""Tiny networks of every family that is loaded, in the files their own libraries write, and what they compute.

    python3 tests/reference/families.py           (NumPy; writes tests/reference/families/<name>/)
    python3 tests/reference/families.py stories BIN COUNT   (llama2.c's trained network: writes tests/reference/stories260K.safetensors)

Run by hand when a family is added; building and testing need only the files. Weights are random. Each forward pass is
written in float64 from the family's own definition (its paper, its config's documentation), not from the engine: other
names, other loops, other order. Beside a network stands expected.safetensors: tokens (T) I64 and logits (T, V) F64.
"""
import json
import math
import os
import struct
import sys

import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "families")
rng = np.random.default_rng(16)


# ---------------------------------------------------------------- files

def stored(x, dtype):
    """Bytes of an array in a dtype, and the float64 numbers that those bytes are."""
    if dtype == "BF16":  # round to nearest, ties to even
        bits = x.astype("<f4").view("<u4")
        bits = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
        return bits.astype("<u2").tobytes(), (bits.astype("<u4") << 16).view("<f4").astype(np.float64)
    kinds = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8", "BOOL": "?", "U8": "u1"}
    y = x.astype(kinds[dtype])
    return y.tobytes(), y.astype(np.float64)


def save(path, tensors, metadata=None):
    """tensors: name -> (array, dtype)"""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (x, dtype) in tensors.items():
        raw = stored(x, dtype)[0]
        header[name] = {"dtype": dtype, "shape": list(x.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


class Net:
    """Named random weights; w[name] gives the numbers as they are stored."""

    def __init__(self, dtype="F32"):
        self.dtype, self.held, self.w = dtype, {}, {}

    def add(self, name, *shape, scale=0.4, mean=0.0):
        x = mean + scale * rng.standard_normal(shape)
        self.held[name] = (x, self.dtype)
        self.w[name] = stored(x, self.dtype)[1]

    def norm(self, name, d, bias=True):
        self.add(name + ".weight", d, scale=0.2, mean=1.0)
        if bias:
            self.add(name + ".bias", d, scale=0.2)

    def linear(self, name, out, inner, bias=True, transposed=False):
        self.add(name + ".weight", *((inner, out) if transposed else (out, inner)))
        if bias:
            self.add(name + ".bias", out, scale=0.2)

    def buffer(self, name, x, dtype):
        self.held[name] = (x, dtype)

    def __call__(self, name, x):
        y = x @ self.w[name + ".weight"].T
        return y + self.w[name + ".bias"] if name + ".bias" in self.w else y


def write(name, config, net, logits, tokens, prefix="", bare=(), shards=0):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump(config, f, indent=1)
        f.write("\n")
    held = {(k if k in bare else prefix + k): v for k, v in net.held.items()}
    if not shards:
        save(os.path.join(folder, "model.safetensors"), held, {"format": "pt"})
    else:
        names, where = list(held), {}
        for s in range(shards):
            file = f"model-{s + 1:05d}-of-{shards:05d}.safetensors"
            part = names[s * len(names) // shards:(s + 1) * len(names) // shards]
            save(os.path.join(folder, file), {k: held[k] for k in part}, {"format": "pt"})
            where.update({k: file for k in part})
        with open(os.path.join(folder, "model.safetensors.index.json"), "w") as f:
            json.dump({"metadata": {"total_size": 0}, "weight_map": where}, f, indent=1)
            f.write("\n")
    expected(folder, logits, tokens)


def expected(folder, logits, tokens):
    save(os.path.join(folder, "expected.safetensors"),
         {"logits": (logits, "F64"), "tokens": (np.array(tokens), "I64")})


# ---------------------------------------------------------------- pieces

def layer_norm(x, gain, bias, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + eps) * gain + bias


def rms_norm(x, gain, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * gain


def softmax(s):
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def gelu(x):
    return x * 0.5 * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))


def gelu_new(x):
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x ** 3)))


def silu(x):
    return x / (1.0 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0.0)


def attend(q, k, v, scale, window=None, bias=None):
    """One query at a time over a list of keys: q (T, H, a), k and v (T, G, a) to (T, H a)."""
    T, H, a = q.shape
    out = np.zeros((T, H, a))
    for h in range(H):
        g = h // (H // k.shape[1])
        for t in range(T):
            first = 0 if window is None else max(0, t - window + 1)
            s = np.array([scale * float(q[t, h] @ k[j, g]) for j in range(first, t + 1)])
            if bias is not None:
                s = s + np.array([bias(h, t, j) for j in range(first, t + 1)])
            p = softmax(s)
            for weight, j in zip(p, range(first, t + 1)):
                out[t, h] += weight * v[j, g]
    return out.reshape(T, H * a)


def rotate_halves(x, base, n):
    """x (T, H, a): x cos + rotate_half(x) sin on the first n coordinates, as the libraries write it."""
    T = x.shape[0]
    inv = base ** (-np.arange(0, n, 2) / n)
    angle = np.concatenate([np.outer(np.arange(T), inv)] * 2, -1)[:, None, :]
    turned, rest = x[..., :n], x[..., n:]
    half = np.concatenate([-turned[..., n // 2:], turned[..., :n // 2]], -1)
    return np.concatenate([turned * np.cos(angle) + half * np.sin(angle), rest], -1)


def rotate_pairs(x, base=10000.0):
    """llama2.c: neighbours (2 i, 2 i + 1) turn by t base^(-2 i / a)."""
    y = x.copy()
    for t in range(x.shape[0]):
        for i in range(0, x.shape[-1], 2):
            angle = t * base ** (-i / x.shape[-1])
            c, s = math.cos(angle), math.sin(angle)
            y[t, :, i] = x[t, :, i] * c - x[t, :, i + 1] * s
            y[t, :, i + 1] = x[t, :, i] * s + x[t, :, i + 1] * c
    return y


def heads(x, n):
    return x.reshape(x.shape[0], n, -1)


# ---------------------------------------------------------------- LLaMA, MobileLLM, Mistral

def llama_weights(c, dtype, head=True):
    net, d, a = Net(dtype), c["hidden_size"], c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    q, kv = c["num_attention_heads"] * a, (c.get("num_key_value_heads") or c["num_attention_heads"]) * a
    net.add("embed_tokens.weight", c["vocab_size"], d, scale=0.5)
    for l in range(c["num_hidden_layers"]):
        at = f"layers.{l}."
        net.norm(at + "input_layernorm", d, False)
        for name, out in (("q", q), ("k", kv), ("v", kv)):
            net.linear(at + f"self_attn.{name}_proj", out, d, c.get("attention_bias", False))
        net.linear(at + "self_attn.o_proj", d, q, c.get("attention_bias", False))
        net.norm(at + "post_attention_layernorm", d, False)
        for name in ("gate", "up"):
            net.linear(at + f"mlp.{name}_proj", c["intermediate_size"], d, c.get("mlp_bias", False))
        net.linear(at + "mlp.down_proj", d, c["intermediate_size"], c.get("mlp_bias", False))
    net.norm("norm", d, False)
    if head:
        net.linear("lm_head", c["vocab_size"], d, False)
    return net


def llama(c, net, tokens, rotate=None):
    H = c["num_attention_heads"]
    G = c.get("num_key_value_heads") or H
    base, eps = c.get("rope_theta", 10000.0), c.get("rms_norm_eps", 1e-6)
    rotate = rotate or (lambda x: rotate_halves(x, base, x.shape[-1]))
    x = net.w["embed_tokens.weight"][tokens]
    for l in range(c["num_hidden_layers"]):
        for _ in range(2 if c.get("layer_sharing") else 1):
            at = f"layers.{l}."
            y = rms_norm(x, net.w[at + "input_layernorm.weight"], eps)
            q, k, v = (heads(net(at + f"self_attn.{n}_proj", y), m) for n, m in (("q", H), ("k", G), ("v", G)))
            o = attend(rotate(q), rotate(k), v, q.shape[-1] ** -0.5, c.get("sliding_window"))
            x = x + net(at + "self_attn.o_proj", o)
            y = rms_norm(x, net.w[at + "post_attention_layernorm.weight"], eps)
            x = x + net(at + "mlp.down_proj", silu(net(at + "mlp.gate_proj", y)) * net(at + "mlp.up_proj", y))
    tied = c.get("tie_word_embeddings", False) or c.get("share_embedding", False)
    return rms_norm(x, net.w["norm.weight"], eps) @ net.w["embed_tokens.weight" if tied else "lm_head.weight"].T


# ---------------------------------------------------------------- GPT-2, GPT-Neo

def gpt2_weights(c, dtype, head):
    net, d, h = Net(dtype), c["n_embd"], c.get("n_inner") or 4 * c["n_embd"]
    net.add("wte.weight", c["vocab_size"], d, scale=0.5)
    net.add("wpe.weight", c["n_positions"], d, scale=0.5)
    for l in range(c["n_layer"]):
        at = f"h.{l}."
        net.norm(at + "ln_1", d)
        net.linear(at + "attn.c_attn", 3 * d, d, transposed=True)
        net.linear(at + "attn.c_proj", d, d, transposed=True)
        net.norm(at + "ln_2", d)
        net.linear(at + "mlp.c_fc", h, d, transposed=True)
        net.linear(at + "mlp.c_proj", d, h, transposed=True)
    net.norm("ln_f", d)
    if head:
        net.linear("lm_head", c["vocab_size"], d, False)
    return net


def gpt2(c, net, tokens):
    def conv1d(name, x):  # its weight is (in, out)
        return x @ net.w[name + ".weight"] + net.w[name + ".bias"]

    def norm(name, x):
        return layer_norm(x, net.w[name + ".weight"], net.w[name + ".bias"], c["layer_norm_epsilon"])

    H, d = c["n_head"], c["n_embd"]
    act = {"gelu_new": gelu_new, "gelu": gelu, "relu": relu}[c.get("activation_function", "gelu_new")]
    x = net.w["wte.weight"][tokens] + net.w["wpe.weight"][:len(tokens)]
    for l in range(c["n_layer"]):
        at = f"h.{l}."
        q, k, v = np.split(conv1d(at + "attn.c_attn", norm(at + "ln_1", x)), 3, axis=-1)
        scale = (d // H) ** -0.5 if c.get("scale_attn_weights", True) else 1.0
        x = x + conv1d(at + "attn.c_proj", attend(heads(q, H), heads(k, H), heads(v, H), scale))
        x = x + conv1d(at + "mlp.c_proj", act(conv1d(at + "mlp.c_fc", norm(at + "ln_2", x))))
    return norm("ln_f", x) @ net.w["wte.weight" if c.get("tie_word_embeddings", True) else "lm_head.weight"].T


def gpt_neo_weights(c, dtype):
    net, d, h = Net(dtype), c["hidden_size"], c.get("intermediate_size") or 4 * c["hidden_size"]
    net.add("wte.weight", c["vocab_size"], d, scale=0.5)
    net.add("wpe.weight", c["max_position_embeddings"], d, scale=0.5)
    for l in range(c["num_layers"]):
        at = f"h.{l}."
        net.norm(at + "ln_1", d)
        for n in "qkv":
            net.linear(at + f"attn.attention.{n}_proj", d, d, False)
        net.linear(at + "attn.attention.out_proj", d, d)
        net.norm(at + "ln_2", d)
        net.linear(at + "mlp.c_fc", h, d)
        net.linear(at + "mlp.c_proj", d, h)
    net.norm("ln_f", d)
    return net


def gpt_neo(c, net, tokens):
    def norm(name, x):
        return layer_norm(x, net.w[name + ".weight"], net.w[name + ".bias"], c["layer_norm_epsilon"])

    H = c["num_heads"]
    kinds = [kind for group, times in c["attention_types"] for _ in range(times) for kind in group]
    x = net.w["wte.weight"][tokens] + net.w["wpe.weight"][:len(tokens)]
    for l, kind in enumerate(kinds):
        at = f"h.{l}."
        y = norm(at + "ln_1", x)
        q, k, v = (heads(net(at + f"attn.attention.{n}_proj", y), H) for n in "qkv")
        o = attend(q, k, v, 1.0, c["window_size"] if kind == "local" else None)  # unscaled
        x = x + net(at + "attn.attention.out_proj", o)
        x = x + net(at + "mlp.c_proj", gelu_new(net(at + "mlp.c_fc", norm(at + "ln_2", x))))
    return norm("ln_f", x) @ net.w["wte.weight"].T


# ---------------------------------------------------------------- OPT

def opt_weights(c, dtype):
    net, d, e = Net(dtype), c["hidden_size"], c["word_embed_proj_dim"]
    net.add("embed_tokens.weight", c["vocab_size"], e, scale=0.5)
    net.add("embed_positions.weight", c["max_position_embeddings"] + 2, d, scale=0.5)
    if e != d:
        net.linear("project_in", d, e, False)
        net.linear("project_out", e, d, False)
    for l in range(c["num_hidden_layers"]):
        at = f"layers.{l}."
        for n in ("q", "k", "v", "out"):
            net.linear(at + f"self_attn.{n}_proj", d, d)
        net.norm(at + "self_attn_layer_norm", d)
        net.linear(at + "fc1", c["ffn_dim"], d)
        net.linear(at + "fc2", d, c["ffn_dim"])
        net.norm(at + "final_layer_norm", d)
    if c["do_layer_norm_before"]:
        net.norm("final_layer_norm", d)
    return net


def opt(c, net, tokens):
    def norm(name, x):
        return layer_norm(x, net.w[name + ".weight"], net.w[name + ".bias"], 1e-5)

    H, before = c["num_attention_heads"], c["do_layer_norm_before"]
    x = net.w["embed_tokens.weight"][tokens]
    if "project_in.weight" in net.w:
        x = net("project_in", x)
    x = x + net.w["embed_positions.weight"][2:2 + len(tokens)]
    for l in range(c["num_hidden_layers"]):
        at = f"layers.{l}."
        y = norm(at + "self_attn_layer_norm", x) if before else x
        q, k, v = (heads(net(at + f"self_attn.{n}_proj", y), H) for n in "qkv")
        q = q * q.shape[-1] ** -0.5
        x = x + net(at + "self_attn.out_proj", attend(q, k, v, 1.0))
        if not before:
            x = norm(at + "self_attn_layer_norm", x)
        y = norm(at + "final_layer_norm", x) if before else x
        x = x + net(at + "fc2", relu(net(at + "fc1", y)))
        if not before:
            x = norm(at + "final_layer_norm", x)
    if before:
        x = norm("final_layer_norm", x)
    if "project_out.weight" in net.w:
        x = net("project_out", x)
    return x @ net.w["embed_tokens.weight"].T


# ---------------------------------------------------------------- GPT-NeoX, BLOOM

def neox_weights(c, dtype):
    net, d = Net(dtype), c["hidden_size"]
    net.add("embed_in.weight", c["vocab_size"], d, scale=0.5)
    for l in range(c["num_hidden_layers"]):
        at = f"layers.{l}."
        net.norm(at + "input_layernorm", d)
        net.norm(at + "post_attention_layernorm", d)
        net.linear(at + "attention.query_key_value", 3 * d, d, c.get("attention_bias", True))
        net.linear(at + "attention.dense", d, d, c.get("attention_bias", True))
        net.linear(at + "mlp.dense_h_to_4h", c["intermediate_size"], d)
        net.linear(at + "mlp.dense_4h_to_h", d, c["intermediate_size"])
    net.norm("final_layer_norm", d)
    net.linear("embed_out", c["vocab_size"], d, False)
    return net


def by_head(x, H):
    """(T, H, 3 a): the columns of each head are its query, its key, its value."""
    T = x.shape[0]
    x = x.reshape(T, H, 3, -1)
    return x[:, :, 0], x[:, :, 1], x[:, :, 2]


def neox(c, net, tokens):
    def norm(name, x):
        return layer_norm(x, net.w[name + ".weight"], net.w[name + ".bias"], c["layer_norm_eps"])

    H = c["num_attention_heads"]
    rope = c.get("rope_parameters", {})
    part = c.get("rotary_pct", rope.get("partial_rotary_factor", 0.25))
    base = c.get("rotary_emb_base", rope.get("rope_theta", 10000.0))
    act = {"gelu": gelu, "gelu_fast": gelu_new}[c["hidden_act"]]
    x = net.w["embed_in.weight"][tokens]
    for l in range(c["num_hidden_layers"]):
        at = f"layers.{l}."
        q, k, v = by_head(net(at + "attention.query_key_value", norm(at + "input_layernorm", x)), H)
        n = int(q.shape[-1] * part)
        o = attend(rotate_halves(q, base, n), rotate_halves(k, base, n), v, q.shape[-1] ** -0.5)
        a = net(at + "attention.dense", o)
        if c.get("use_parallel_residual", True):
            m = norm(at + "post_attention_layernorm", x)
            x = x + a + net(at + "mlp.dense_4h_to_h", act(net(at + "mlp.dense_h_to_4h", m)))
        else:
            x = x + a
            m = norm(at + "post_attention_layernorm", x)
            x = x + net(at + "mlp.dense_4h_to_h", act(net(at + "mlp.dense_h_to_4h", m)))
    return norm("final_layer_norm", x) @ net.w["embed_out.weight"].T


def bloom_weights(c, dtype):
    net, d = Net(dtype), c["n_embed"]
    net.add("word_embeddings.weight", c["vocab_size"], d, scale=0.5)
    net.norm("word_embeddings_layernorm", d)
    for l in range(c["n_layer"]):
        at = f"h.{l}."
        net.norm(at + "input_layernorm", d)
        net.linear(at + "self_attention.query_key_value", 3 * d, d)
        net.linear(at + "self_attention.dense", d, d)
        net.norm(at + "post_attention_layernorm", d)
        net.linear(at + "mlp.dense_h_to_4h", 4 * d, d)
        net.linear(at + "mlp.dense_4h_to_h", d, 4 * d)
    net.norm("ln_f", d)
    return net


def alibi_slopes(n):
    """Press et al. (2022): a geometric sequence for a power of two; else that of the power below and every second slope
    of the power above."""
    def power(m):
        start = 2 ** (-(2 ** -(math.log2(m) - 3)))
        return [start * start ** i for i in range(m)]
    if math.log2(n).is_integer():
        return power(n)
    below = 2 ** math.floor(math.log2(n))
    return power(below) + power(2 * below)[0::2][:n - below]


def bloom(c, net, tokens):
    def norm(name, x):
        return layer_norm(x, net.w[name + ".weight"], net.w[name + ".bias"], c["layer_norm_epsilon"])

    H = c["num_attention_heads"]
    slopes = alibi_slopes(H)
    x = norm("word_embeddings_layernorm", net.w["word_embeddings.weight"][tokens])
    for l in range(c["n_layer"]):
        at = f"h.{l}."
        q, k, v = by_head(net(at + "self_attention.query_key_value", norm(at + "input_layernorm", x)), H)
        o = attend(q, k, v, q.shape[-1] ** -0.5, bias=lambda h, t, j: slopes[h] * j)  # up to a constant of the row
        x = x + net(at + "self_attention.dense", o)
        y = gelu_new(net(at + "mlp.dense_h_to_4h", norm(at + "post_attention_layernorm", x)))
        x = x + net(at + "mlp.dense_4h_to_h", y)
    return norm("ln_f", x) @ net.w["word_embeddings.weight"].T


# ---------------------------------------------------------------- llama2.c

def llama2c_config(dim, hidden, layers, n_heads, kv, vocabulary, context, tied):
    return {"hidden_size": dim, "intermediate_size": hidden, "num_hidden_layers": layers, "num_attention_heads": n_heads,
            "num_key_value_heads": kv, "vocab_size": vocabulary, "max_position_embeddings": context,
            "tie_word_embeddings": tied, "rms_norm_eps": 1e-5}


ORDER_0 = ["embed_tokens", "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
           "post_attention_layernorm", "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj", "norm"]
ORDER_1 = ["input_layernorm", "post_attention_layernorm", "norm", "embed_tokens", "self_attn.q_proj", "self_attn.k_proj",
           "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj"]


def in_order(c, order):
    for name in order:
        if name in ("embed_tokens", "norm"):
            yield name + ".weight"
        else:
            for l in range(c["num_hidden_layers"]):
                yield f"layers.{l}.{name}.weight"


def write_llama2c(name, c, net, tokens, version):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    tied, V = c["tie_word_embeddings"], c["vocab_size"]
    numbers = [c["hidden_size"], c["intermediate_size"], c["num_hidden_layers"], c["num_attention_heads"],
               c["num_key_value_heads"], V if tied or version else -V, c["max_position_embeddings"]]
    with open(os.path.join(folder, "model.bin"), "wb") as f:
        if version:
            f.write((struct.pack("<Ii7iB", 0x616B3432, 1, *numbers, tied)).ljust(256, b"\0"))
        else:
            f.write(struct.pack("<7i", *numbers))
        for key in in_order(c, ORDER_1 if version else ORDER_0):
            f.write(stored(net.w[key], "F32")[0])
        if not version:  # tables of cosines and sines, which nobody should trust
            f.write(b"\x55" * (4 * c["max_position_embeddings"] * (c["hidden_size"] // c["num_attention_heads"])))
        if not tied:
            f.write(stored(net.w["lm_head.weight"], "F32")[0])
    expected(folder, llama(c, net, tokens, rotate_pairs), tokens)


def read_llama2c(path):
    raw = open(path, "rb").read()
    n = list(struct.unpack("<7i", raw[:28]))
    c = llama2c_config(*n[:5], abs(n[5]), n[6], n[5] > 0)
    net, at, numbers = Net(), 0, np.frombuffer(raw, "<f4", offset=28)
    d, h, V = n[0], n[1], abs(n[5])
    kv = d // n[3] * n[4]
    shapes = {"embed_tokens": (V, d), "self_attn.q_proj": (d, d), "self_attn.k_proj": (kv, d), "self_attn.v_proj": (kv, d),
              "self_attn.o_proj": (d, d), "mlp.gate_proj": (h, d), "mlp.up_proj": (h, d), "mlp.down_proj": (d, h)}
    for key in in_order(c, ORDER_0):
        stem = key[:-7].split(".", 2)[-1] if key.startswith("layers.") else key[:-7]
        shape = shapes.get(stem, (d,))
        net.w[key] = numbers[at:at + math.prod(shape)].astype(np.float64).reshape(shape)
        at += math.prod(shape)
    at += n[6] * (d // n[3])
    if n[5] < 0:
        net.w["lm_head.weight"] = numbers[at:at + V * d].astype(np.float64).reshape(V, d)
    return c, net


# ---------------------------------------------------------------- all of them

def main():
    T, V = 9, 17
    tokens = [1, 5, 16, 0, 5, 9, 9, 3, 12]
    mask = np.tril(np.ones((1, 1, 12, 12)))

    c = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": V, "hidden_size": 10, "intermediate_size": 14,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "hidden_act": "silu",
         "max_position_embeddings": 12, "rms_norm_eps": 1e-5, "rope_theta": 500.0, "rope_scaling": None,
         "tie_word_embeddings": False, "attention_bias": False, "torch_dtype": "float32"}
    net = llama_weights(c, "F32")
    write("llama", c, net, llama(c, net, tokens), tokens, "model.", {"lm_head.weight"})

    c = {"model_type": "llama", "vocab_size": V, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
         "num_attention_heads": 2, "hidden_act": "silu", "max_position_embeddings": 12, "rms_norm_eps": 1e-6,
         "tie_word_embeddings": True, "attention_bias": True, "mlp_bias": True,
         "rope_parameters": {"rope_type": "default", "rope_theta": 100.0}, "torch_dtype": "bfloat16"}
    net = llama_weights(c, "BF16", head=False)
    net.buffer("layers.0.self_attn.rotary_emb.inv_freq", np.arange(2.0), "F32")
    write("llama-bare", c, net, llama({**c, "rope_theta": 100.0}, net, tokens), tokens)

    c = {"architectures": ["MobileLLMForCausalLM"], "model_type": "mobilellm", "vocab_size": V, "hidden_size": 12,
         "intermediate_size": 10, "num_hidden_layers": 2, "num_attention_heads": 3, "num_key_value_heads": 1, "hidden_act": "silu",
         "max_position_embeddings": 12, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False,
         "share_embedding": True, "layer_sharing": True, "torch_dtype": "float16"}
    net = llama_weights(c, "F16", head=False)
    write("mobilellm", c, net, llama(c, net, tokens), tokens, "model.")

    c = {"architectures": ["MistralForCausalLM"], "model_type": "mistral", "vocab_size": V, "hidden_size": 8, "intermediate_size": 9,
         "num_hidden_layers": 3, "num_attention_heads": 2, "num_key_value_heads": 1, "hidden_act": "silu",
         "max_position_embeddings": 12, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "sliding_window": 3,
         "tie_word_embeddings": False}
    net = llama_weights(c, "BF16")
    write("mistral", c, net, llama(c, net, tokens), tokens, "model.", {"lm_head.weight"}, shards=3)

    c = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": V, "n_positions": 12, "n_ctx": 12, "n_embd": 9,
         "n_layer": 2, "n_head": 3, "n_inner": None, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
         "attn_pdrop": 0.1}
    net = gpt2_weights(c, "F32", head=False)
    logits = gpt2(c, net, tokens)
    for l in range(2):  # what older files keep beside the weights
        net.buffer(f"h.{l}.attn.bias", mask, "F32" if l else "BOOL")
        net.buffer(f"h.{l}.attn.masked_bias", np.array(-1e4), "F32")
    write("gpt2", c, net, logits, tokens)

    c = {"model_type": "gpt2", "vocab_size": V, "n_positions": 10, "n_embd": 8, "n_layer": 2, "n_head": 2, "n_inner": 9,
         "activation_function": "relu", "layer_norm_epsilon": 1e-3, "scale_attn_weights": False, "tie_word_embeddings": False}
    net = gpt2_weights(c, "F16", head=True)
    write("gpt2-untied", c, net, gpt2(c, net, tokens), tokens, "transformer.", {"lm_head.weight"})

    c = {"architectures": ["OPTForCausalLM"], "model_type": "opt", "vocab_size": V, "hidden_size": 12, "word_embed_proj_dim": 12,
         "num_hidden_layers": 2, "num_attention_heads": 3, "ffn_dim": 20, "max_position_embeddings": 11,
         "activation_function": "relu", "do_layer_norm_before": True, "_remove_final_layer_norm": False, "enable_bias": True}
    net = opt_weights(c, "F16")
    logits = opt(c, net, tokens)
    net.buffer("lm_head.weight", net.held["embed_tokens.weight"][0], "F16")  # tied, and stored all the same
    write("opt", c, net, logits, tokens, "model.decoder.", {"lm_head.weight"})

    c = {"model_type": "opt", "vocab_size": V, "hidden_size": 12, "word_embed_proj_dim": 8, "num_hidden_layers": 2,
         "num_attention_heads": 2, "ffn_dim": 16, "max_position_embeddings": 11, "activation_function": "relu",
         "do_layer_norm_before": False}
    net = opt_weights(c, "F32")
    write("opt-post", c, net, opt(c, net, tokens), tokens, "decoder.")

    c = {"architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", "vocab_size": V, "hidden_size": 16,
         "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20, "hidden_act": "gelu", "rotary_pct": 0.25,
         "rotary_emb_base": 10000, "max_position_embeddings": 12, "layer_norm_eps": 1e-5, "use_parallel_residual": True,
         "tie_word_embeddings": False}
    net = neox_weights(c, "F16")
    logits = neox(c, net, tokens)
    for l in range(2):
        net.buffer(f"layers.{l}.attention.bias", mask, "U8")
        net.buffer(f"layers.{l}.attention.masked_bias", np.array(-1e4), "F32")
        net.buffer(f"layers.{l}.attention.rotary_emb.inv_freq", np.ones(1), "F32")
    write("gpt_neox", c, net, logits, tokens, "gpt_neox.", {"embed_out.weight"}, shards=2)

    c = {"model_type": "gpt_neox", "vocab_size": V, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
         "intermediate_size": 8, "hidden_act": "gelu_fast", "max_position_embeddings": 12, "layer_norm_eps": 1e-4,
         "use_parallel_residual": False, "attention_bias": False,
         "rope_parameters": {"rope_type": "default", "rope_theta": 50, "partial_rotary_factor": 1.0}}
    net = neox_weights(c, "F32")
    write("gpt_neox-serial", c, net, neox(c, net, tokens), tokens, "gpt_neox.", {"embed_out.weight"})

    c = {"architectures": ["BloomForCausalLM"], "model_type": "bloom", "vocab_size": V, "n_embed": 12, "n_layer": 2,
         "num_attention_heads": 6, "layer_norm_epsilon": 1e-5, "seq_length": 12, "n_inner": None,
         "apply_residual_connection_post_layernorm": False, "offset_alibi": 100}
    net = bloom_weights(c, "BF16")
    write("bloom", c, net, bloom(c, net, tokens), tokens)

    c = {"architectures": ["GPTNeoForCausalLM"], "model_type": "gpt_neo", "vocab_size": V, "hidden_size": 8, "num_layers": 2,
         "num_heads": 2, "intermediate_size": None, "max_position_embeddings": 12, "window_size": 3,
         "attention_types": [[["global", "local"], 1]], "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5}
    net = gpt_neo_weights(c, "F32")
    write("gpt_neo", c, net, gpt_neo(c, net, tokens), tokens, "transformer.")

    for name, kv, tied, version in (("llama2c-0", 2, True, 0), ("llama2c-0-untied", 4, False, 0), ("llama2c-1", 1, False, 1)):
        c = llama2c_config(16, 10, 2, 4, kv, V, 12, tied)
        write_llama2c(name, c, llama_weights(c, "F32", not tied), tokens, version)
    return T


def stories(path, count):
    """What llama2.c's own network says when it always takes the most probable token: ids (BOS first), the negative log-likelihood
    of each but the first, and the logits after the last."""
    c, net = read_llama2c(path)
    ids = [1]
    while len(ids) < count:
        ids.append(int(np.argmax(llama(c, net, ids, rotate_pairs)[-1])))
    logits = llama(c, net, ids, rotate_pairs)
    top = logits.max(-1, keepdims=True)
    log_sum = (np.log(np.exp(logits - top).sum(-1, keepdims=True)) + top)[:, 0]
    nll = np.array([log_sum[t] - logits[t, ids[t + 1]] for t in range(count - 1)])
    save(os.path.join(os.path.dirname(HERE), "stories260K.safetensors"),
         {"nll": (nll, "F64"), "logits": (logits[-1], "F64"), "ids": (np.array(ids), "I64")})


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "stories":
        stories(sys.argv[2], int(sys.argv[3]))
    else:
        main()
