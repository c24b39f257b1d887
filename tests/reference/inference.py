"""What a trained network gives under every cache, with a part of its units, and to questions: in NumPy.

    python3 tests/reference/inference.py DATA      (writes tests/reference/inference.safetensors)

DATA holds stories260K/{stories260K.bin, tok512.bin}, texts/tinystories.txt and evals/*.jsonl; none of it is committed,
the numbers that it gives are. Run by hand when a protocol changes. Written in float64 from the definitions
(llama2.c's file format and arithmetic, SentencePiece's merging, the policies as cache.h states them), token by token
over plain Python lists of kept keys: no code, no order of sums and no data structure is the library's.

    tokens (N) I64                     BOS and the beginning of the text
    <policy>.<positions>.nll (N - 1)   SLOTS keys; streaming with SINKS, h2o, random and least with HEAVY + RECENT
    recomputation.nll, recomputation-bos.nll (restart in front of every window)
    sparse.<part>.<choice>.nll (N - 1), .best (N - 1): KEEP of the units; static by means over the calibration tokens
    dense.best (N - 1)
    calibration (C) I64
    zero-shot.<task>.log_likelihood (rows), .item, .choice, .characters, .gold, .greedy; .acc, .acc_norm (1)
    greedy (G) I64                     what the network writes after BOS
"""
import json
import math
import os
import struct
import sys

import numpy as np

from families import save

HERE = os.path.dirname(os.path.abspath(__file__))
N, C, G, SLOTS, SINKS, HEAVY, RECENT, SEED, KEEP = 110, 90, 60, 24, 4, 14, 10, 7, 0.3
ITEMS = {"arc_easy": 4, "winogrande": 4, "lambada_openai": 3, "hellaswag": 2}
MASK = (1 << 64) - 1


# ---------------------------------------------------------------- the network

class Stories:
    def __init__(self, path):
        raw = open(path, "rb").read()
        d, h, L, H, G, V, T = struct.unpack("<7i", raw[:28])
        self.d, self.h, self.L, self.H, self.G, self.V, self.T = d, h, L, H, G, abs(V), T
        self.a = d // H
        at = 28

        def take(*shape):
            nonlocal at
            n = int(np.prod(shape))
            x = np.frombuffer(raw, "<f4", n, at).reshape(shape).astype(np.float64)
            at += 4 * n
            return x

        self.E = take(self.V, d)
        self.n1, self.wq, self.wk, self.wv = take(L, d), take(L, d, d), take(L, G * self.a, d), take(L, G * self.a, d)
        self.wo, self.n2 = take(L, d, d), take(L, d)
        self.w1, self.w2, self.w3, self.n = take(L, h, d), take(L, d, h), take(L, h, d), take(d)
        assert V > 0, "the head is tied"


def rms(x, gain):
    return x / math.sqrt(float(x @ x) / len(x) + 1e-5) * gain


def turn(x, place):
    """Neighbours (2 i, 2 i + 1) of one head turn by place 10000^(-2 i / a)."""
    z = x[0::2] + 1j * x[1::2]
    z = z * np.exp(1j * place * 10000.0 ** (-np.arange(0, len(x), 2) / len(x)))
    return np.stack([z.real, z.imag], 1).ravel()


def softmax(s):
    e = np.exp(s - s.max())
    return e / e.sum()


def log_softmax(s):
    return s - s.max() - math.log(np.exp(s - s.max()).sum())


# ---------------------------------------------------------------- random streams of the library (base/random.h)

def splitmix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    x = state
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return state, x ^ (x >> 31)


def derive(seed, name, index):
    fnv = 0xCBF29CE484222325
    for b in name.encode():
        fnv = ((fnv ^ b) * 0x100000001B3) & MASK
    state = splitmix(seed)[1] ^ fnv
    state = splitmix(state)[1] ^ index
    return splitmix(state)[1]


# ---------------------------------------------------------------- one token after the other

class Head:
    """What one key-value head of one layer keeps: [position, key before it turns, value, score]."""

    def __init__(self, index):
        self.kept, self.random = [], derive(SEED, "cache", index)

    def make_room(self, policy):
        if policy == "dense" or len(self.kept) < SLOTS:
            return
        if policy == "window":
            del self.kept[0]
            return
        if policy == "streaming":
            del self.kept[SINKS]
            return
        recent = {"tova": 1, "keynorm": 1}.get(policy, RECENT)
        may = self.kept[:SLOTS - (recent - 1)]  # all but the newest recent - 1
        if policy == "random":
            self.random, bits = splitmix(self.random)
            leaves = bits % len(may)
        elif policy in ("h2o", "tova"):
            leaves = min(range(len(may)), key=lambda i: (may[i][3], i))
        elif policy == "least":
            leaves = min(range(len(may)), key=lambda i: (-may[i][3], i))
        else:  # keynorm: the longest leaves; the first of those that are as long
            longest = 0
            for i in range(len(may)):
                if may[i][1] @ may[i][1] > may[longest][1] @ may[longest][1] * (1 + 1e-5):
                    longest = i
            leaves = longest
        del self.kept[leaves]


class Run:
    """choose(part, layer, token, weights) -> the set of units that are kept, or None for all."""

    def __init__(self, net, policy="dense", positions="original", choose=None):
        self.net, self.policy, self.positions, self.choose = net, policy, positions, choose
        self.heads = [[Head(l * net.G + g) for g in range(net.G)] for l in range(net.L)]
        self.t = 0

    def attend(self, l, x):
        net, a, group = self.net, self.net.a, self.net.H // self.net.G
        q, k, v = net.wq[l] @ x, net.wk[l] @ x, net.wv[l] @ x
        out = []
        for g in range(net.G):
            head = self.heads[l][g]
            head.make_room(self.policy)
            head.kept.append([self.t, k[g * a:(g + 1) * a], v[g * a:(g + 1) * a], 0.0])
            by_rank = self.positions == "cache"
            places = range(len(head.kept)) if by_rank else [entry[0] for entry in head.kept]
            keys = np.array([turn(entry[1], p) for entry, p in zip(head.kept, places)])
            values = np.array([entry[2] for entry in head.kept])
            given = np.zeros(len(head.kept))
            for e in range(group):
                i = g * group + e
                w = softmax(keys @ turn(q[i * a:(i + 1) * a], places[-1]) / math.sqrt(a))
                out.append(w @ values)
                given += w
            for entry, w in zip(head.kept, given):
                entry[3] = w if self.policy == "tova" else entry[3] + w
        return out

    def feed(self, token):
        net, x = self.net, self.net.E[token].copy()
        for l in range(net.L):
            out = self.attend(l, rms(x, net.n1[l]))
            if self.choose:
                after = [net.wo[l][:, i * net.a:(i + 1) * net.a] @ out[i] for i in range(net.H)]
                kept = self.choose("heads", l, self.t, np.array([math.sqrt(y @ y) for y in after]))
                x = x + sum(y for i, y in enumerate(after) if kept is None or i in kept)
            else:
                x = x + net.wo[l] @ np.concatenate(out)
            y = rms(x, net.n2[l])
            gate, up = net.w1[l] @ y, net.w3[l] @ y
            h = gate / (1 + np.exp(-gate)) * up
            if self.choose:
                kept = self.choose("mlp", l, self.t, np.abs(h) * np.sqrt((net.w2[l] ** 2).sum(0)))
                h = h if kept is None else np.array([h[i] if i in kept else 0.0 for i in range(len(h))])
            x = x + net.w2[l] @ h
        self.t += 1
        return net.E @ rms(x, net.n)


def evaluate(run, tokens):
    logits = np.array([run.feed(t) for t in tokens[:-1]])
    nll = np.array([-log_softmax(s)[y] for s, y in zip(logits, tokens[1:])])
    return nll, logits.argmax(1)


def recompute(net, tokens, bos):
    nll = []
    for t in range(len(tokens) - 1):
        if bos is None or t < SLOTS:  # tokens[0] is BOS itself
            window = tokens[max(0, t - SLOTS + 1):t + 1]
        else:
            window = [bos] + tokens[t - SLOTS + 2:t + 1]
        run = Run(net)
        for x in window:
            logits = run.feed(x)
        nll.append(-log_softmax(logits)[tokens[t + 1]])
    return np.array(nll)


# ---------------------------------------------------------------- a part of the units

def heaviest(weights):
    keep = math.ceil(KEEP * len(weights))
    return set(sorted(range(len(weights)), key=lambda i: (-weights[i], i))[:keep])


def sparse(net, tokens, calibration):
    sums = {}

    def watch(part, l, t, weights):
        sums[part, l] = sums.get((part, l), 0) + weights

    quiet = Run(net, choose=watch)
    for x in calibration:
        quiet.feed(x)
    fixed = {key: heaviest(total) for key, total in sums.items()}
    found = {}
    for part in ("mlp", "heads", "both"):
        for choice in ("contextual", "static"):
            def choose(which, l, t, weights):
                if part != "both" and part != which:
                    return None
                return heaviest(weights) if choice == "contextual" else fixed[which, l]
            found[part, choice] = evaluate(Run(net, choose=choose), tokens)
    return found


# ---------------------------------------------------------------- text

class Pieces:
    """llama2.c's tokenizer.bin: merges by score, bytes where a code point is unknown."""

    def __init__(self, path):
        raw, at, self.id, self.score = open(path, "rb").read(), 4, {}, []
        while at < len(raw):
            score, n = struct.unpack("<fi", raw[at:at + 8])
            self.id.setdefault(raw[at + 8:at + 8 + n], len(self.score))
            self.score.append(score)
            at += 8 + n

    def encode(self, text):
        ids = [1] + ([self.id[b" "]] if text else [])
        for c in text:
            b = c.encode()
            ids += [self.id[b]] if b in self.id else [x + 3 for x in b]
        spell = {i: b for b, i in self.id.items()}
        while True:
            best = None
            for i in range(1, len(ids) - 1):
                both = self.id.get(spell.get(ids[i], b"\0") + spell.get(ids[i + 1], b"\0"))
                if both is not None and (best is None or self.score[both] > best[0]):
                    best = (self.score[both], i, both)
            if best is None:
                return ids
            ids[best[1]:best[1] + 2] = [best[2]]


def follow(net, pieces, context, continuation):
    """Log-likelihood of what " " + continuation adds to the context, and whether each token was the likeliest."""
    alone, whole = pieces.encode(context), pieces.encode(context + " " + continuation)
    start = 0
    while start < min(len(alone), len(whole)) and alone[start] == whole[start]:
        start += 1
    if len(whole) > net.T + 1:
        start, whole = start - (len(whole) - net.T - 1), whole[-(net.T + 1):]
    run, total, greedy = Run(net), 0.0, True
    for i, x in enumerate(whole[:-1]):
        logits = run.feed(x)
        if i + 1 >= start:
            total += log_softmax(logits)[whole[i + 1]]
            greedy = greedy and int(logits.argmax()) == whole[i + 1]
    return total, greedy


def zero_shot(net, pieces, path, items):
    rows, right, right_norm, count = [], 0, 0, 0
    for number, line in zip(range(items), open(path, encoding="utf-8")):
        x = json.loads(line)
        if "query" in x:
            pairs = [(x["query"], c) for c in x["choices"]]
        elif "context_options" in x:
            pairs = [(c, x["continuation"]) for c in x["context_options"]]
        else:
            pairs = [(x["context"], x["continuation"])]
        gold = x.get("gold", 0)
        scores = []
        for k, (context, continuation) in enumerate(pairs):
            ll, greedy = follow(net, pieces, context, continuation)
            rows.append((number, k, ll, len(continuation), gold, greedy))
            scores.append((ll, ll / len(continuation), greedy))
        if len(pairs) == 1:
            right += scores[0][2]
            right_norm += scores[0][2]
        else:
            right += max(range(len(scores)), key=lambda k: (scores[k][0], -k)) == gold
            right_norm += max(range(len(scores)), key=lambda k: (scores[k][1], -k)) == gold
        count += 1
    return rows, right / count, right_norm / count


def main(data):
    net = Stories(os.path.join(data, "stories260K", "stories260K.bin"))
    pieces = Pieces(os.path.join(data, "stories260K", "tok512.bin"))
    text = open(os.path.join(data, "texts", "tinystories.txt"), encoding="ascii").read()
    ids = pieces.encode(text[:1200])
    tokens, calibration = ids[:N], [1] + ids[N:N + C - 1]
    out = {"tokens": (np.array(tokens), "I64"), "calibration": (np.array(calibration), "I64")}
    nll, best = evaluate(Run(net), tokens)
    out["dense.original.nll"], out["dense.best"] = (nll, "F64"), (best, "I64")
    for policy in ("window", "streaming", "h2o", "random", "least", "tova", "keynorm"):
        for positions in ("cache", "original"):
            out[f"{policy}.{positions}.nll"] = (evaluate(Run(net, policy, positions), tokens)[0], "F64")
            print(policy, positions, out[f"{policy}.{positions}.nll"][0].mean(), "dense", nll.mean())
    out["recomputation.nll"] = (recompute(net, tokens, None), "F64")
    out["recomputation-bos.nll"] = (recompute(net, tokens, 1), "F64")
    for (part, choice), (nll, best) in sparse(net, tokens, calibration).items():
        out[f"sparse.{part}.{choice}.nll"], out[f"sparse.{part}.{choice}.best"] = (nll, "F64"), (best, "I64")
        print(part, choice, nll.mean())
    for task, items in ITEMS.items():
        rows, acc, acc_norm = zero_shot(net, pieces, os.path.join(data, "evals", task + ".jsonl"), items)
        for name, column, kind in (("item", 0, "I64"), ("choice", 1, "I64"), ("log_likelihood", 2, "F64"),
                                   ("characters", 3, "I64"), ("gold", 4, "I64"), ("greedy", 5, "I64")):
            out[f"zero-shot.{task}.{name}"] = (np.array([row[column] for row in rows]), kind)
        out[f"zero-shot.{task}.acc"] = (np.array([acc]), "F64")
        out[f"zero-shot.{task}.acc_norm"] = (np.array([acc_norm]), "F64")
        print(task, acc, acc_norm, [round(row[2], 3) for row in rows])
    run, greedy = Run(net), [1]
    for _ in range(G):
        greedy.append(int(run.feed(greedy[-1]).argmax()))
    out["greedy"] = (np.array(greedy[1:]), "I64")
    spell = {i: b for b, i in pieces.id.items()}
    print(b"".join(spell[i] for i in greedy[1:]))
    save(os.path.join(HERE, "inference.safetensors"), out)


if __name__ == "__main__":
    main(sys.argv[1])
