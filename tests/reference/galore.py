#!/usr/bin/env python3
"""GaLore's published update on recorded gradients, by NumPy: fixtures of tests/num/test_galore.c and
of lowrank/replay.

    python3 galore.py            writes galore.safetensors (the input) and galore_final.safetensors
    python3 galore.py replay FILE METHOD RANK GAP SCALE SIDE LR B1 B2 EPS WD   prints final weights

The rule is Algorithm 1 of arXiv 2403.03507 with the conventions of the authors' optimiser: the
subspace from the gradient itself every `gap` updates (numpy.linalg.svd: LAPACK's gesdd, as theirs),
moments kept, epsilon before the bias correction, decay last. Where PyTorch is at hand the same is
done in single precision with torch.linalg.svd, and the largest difference, over max(1, |w|), is printed.
"""
import json
import os
import struct
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
SIDES = ["std", "reverse_std", "left", "right", "full"]


def sides(side, m, n):
    right = side in ("right", "full") or (side == "std" and m >= n) or (side == "reverse_std" and m < n)
    return side == "full" or not right, right


def replay(W, gradients, method, rank, gap, scale, side, lr, b1, b2, eps, wd, linalg=np, svd=None):
    """W after all gradients; svd(G): thin U, S, V^T."""
    svd = svd or (lambda G: np.linalg.svd(G, full_matrices=False))
    m, n = W.shape
    left, right = sides(side, m, n)
    W, M, V = W + 0, 0, 0
    for i, G in enumerate(gradients):
        if method == "sgd":
            W = W - lr * G
        else:
            R = G
            if method == "galore":
                if i % gap == 0:
                    U, _, Vt = svd(G)
                    P, Q = U[:, :rank], Vt[:rank]
                R = P.T @ R if left else R
                R = R @ Q.T if right else R
            M = b1 * M + (1 - b1) * R
            V = b2 * V + (1 - b2) * R * R
            N = M / (linalg.sqrt(V) + eps)
            if method == "galore":
                N = P @ N if left else N
                N = N @ Q if right else N
                N = N * scale
            W = W - lr * (1 - b2 ** (i + 1)) ** 0.5 / (1 - b1 ** (i + 1)) * N
        W = W - lr * wd * W
    return W


def by_torch(W, gradients, *options):
    import torch

    def svd(G):
        return torch.linalg.svd(G, full_matrices=False)

    to = lambda x: torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
    return replay(to(W), [to(g) for g in gradients], *options, linalg=torch, svd=svd).numpy()


def write(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        raw = np.ascontiguousarray(t).tobytes()
        header[name] = {"dtype": {"float32": "F32", "float64": "F64"}[t.dtype.name], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    raw = open(path, "rb").read()
    size = struct.unpack_from("<Q", raw)[0]
    out = {}
    for name, t in json.loads(raw[8:8 + size]).items():
        if name != "__metadata__":
            a, b = t["data_offsets"]
            out[name] = np.frombuffer(raw[8 + size + a:8 + size + b], {"F32": "<f4", "F64": "<f8"}[t["dtype"]]).reshape(t["shape"])
    return out


def run_file(tensors, *options):
    out = {}
    for name in sorted(k[8:] for k in tensors if k.startswith("weights.")):
        steps = sum(k.startswith("gradients.") and k.split(".", 2)[2] == name for k in tensors)
        gradients = [tensors[f"gradients.{s}.{name}"].astype(np.float64) for s in range(steps)]
        out[name] = replay(tensors["weights." + name].astype(np.float64), gradients, *options)
    return out


# method, rank, gap, scale, side, lr, b1, b2, eps, wd
CASES = [("sgd", 3, 7, 0.25, "std", 0.05, 0.9, 0.999, 1e-6, 0.1), ("adamw", 3, 7, 0.25, "std", 0.01, 0.9, 0.999, 1e-6, 0.0),
         ("adamw", 3, 7, 0.5, "std", 0.02, 0.8, 0.99, 1e-4, 0.2)]
CASES += [("galore", 3, 7, 0.25, side, 0.01, 0.9, 0.999, 1e-6, 0.0) for side in SIDES]
CASES += [("galore", 2, 5, 0.5, side, 0.02, 0.85, 0.99, 1e-5, 0.1) for side in SIDES] + [("galore", 99, 1000, 1.0, "std", 0.01, 0.9, 0.999, 1e-6, 0.0)]


def observed(gradients, rank):
    """Stable rank, energy in the leading directions, their overlap with the step before (the side of std)."""
    rows, before = [], None
    for G in gradients:
        U, s, Vt = np.linalg.svd(G, full_matrices=False)
        now = Vt[:rank].T if G.shape[0] >= G.shape[1] else U[:, :rank]
        overlap = np.nan if before is None else (np.cos(angles(before, now)) ** 2).mean()
        rows.append([(s ** 2).sum() / s[0] ** 2, (s[:rank] ** 2).sum() / np.square(G).sum(), overlap])
        before = now
    return np.array(rows)


def angles(A, B):
    """Principal angles of two subspaces."""
    return np.arccos(np.clip(np.linalg.svd(A.T @ B, compute_uv=False), 0, 1))


def make_input():
    """Gradients of falling rank with noise: three shapes, 40 steps."""
    r = np.random.default_rng(16)
    tensors = {}
    for name, (m, n) in {"tall.weight": (13, 6), "square.weight": (8, 8), "wide.weight": (5, 11)}.items():
        tensors["weights." + name] = r.standard_normal((m, n)).astype(np.float32)
        a, b = r.standard_normal((m, 4)), r.standard_normal((4, n))
        for s in range(40):
            a, b = a + 0.1 * r.standard_normal(a.shape), b + 0.1 * r.standard_normal(b.shape)
            g = (a * [3, 1.7, 1, 0.6]) @ b * 0.97 ** s + 0.05 * r.standard_normal((m, n))
            tensors[f"gradients.{s}.{name}"] = g.astype(np.float32)
    return tensors


def main():
    if sys.argv[1:2] == ["replay"]:
        path, method, rank, gap, scale, side, *rest = sys.argv[2:]
        for name, w in run_file(read(path), method, int(rank), int(gap), float(scale), side, *map(float, rest)).items():
            for i, x in enumerate(w.ravel()):
                print(f"weights.{name},{i},{x:.17g}")
        return
    tensors = make_input()
    write(os.path.join(here, "galore.safetensors"), tensors)
    final = {}
    for c, options in enumerate(CASES):
        for name, w in run_file(tensors, *options).items():
            final[f"{c}.{name}"] = w
    for name in run_file(tensors, *CASES[0]):
        final[f"observed.{name}"] = observed([tensors[f"gradients.{s}.{name}"].astype(np.float64) for s in range(40)], 3)
    write(os.path.join(here, "galore_final.safetensors"), final)
    try:
        import torch  # noqa: F401
    except ImportError:
        return
    for c, options in enumerate(CASES):
        worst = 0
        for name in ("tall.weight", "square.weight", "wide.weight"):
            gradients = [tensors[f"gradients.{s}.{name}"] for s in range(40)]
            want = final[f"{c}.{name}"]
            worst = max(worst, (np.abs(by_torch(tensors["weights." + name], gradients, *options) - want) / np.maximum(1, np.abs(want))).max())
        print(f"{options[0]:7s} {options[4]:12s} largest difference from PyTorch in single precision {worst:.2g}")
        # both sides, or all directions, small ones included: rounding is divided by what is as small
        assert worst < (3e-4 if options[4] == "full" else 1e-5 if options[1] == 99 else 3e-6)


main()
