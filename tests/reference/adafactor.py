#!/usr/bin/env python3
"""Adafactor, alone and within GaLore's subspace, by NumPy: adafactor.safetensors for tests/num/test_optim_rules.c.

The gradients are those of galore.safetensors. Update rule: Shazeer and Stern (2018), Algorithm 4 with factored second
moments, decay 1 - t^-0.8, clipping threshold 1, a given rate (no relative steps), written with the two inverse roots
r = (R / mean R)^(-1/2) and c = C^(-1/2) instead of the matrix V."""
import os

import numpy as np

import galore

LR = 0.02


def adafactor(W, gradients, beta1, rank, gap=7, scale=0.25):
    W = W.astype(np.float64)
    R, C, V, M = 0.0, 0.0, 0.0, 0.0
    left, right = galore.sides("std", *W.shape)
    for t, G in enumerate(gradients, 1):
        G = G.astype(np.float64)
        if rank:
            if (t - 1) % gap == 0:
                U, _, Vt = np.linalg.svd(G, full_matrices=False)
                P, Q = U[:, :rank], Vt[:rank]
            G = P.T @ G if left else G
            G = G @ Q.T if right else G
        decay, square = 1 - t ** -0.8, G ** 2 + 1e-30
        if G.shape[0] == 1:
            V = decay * V + (1 - decay) * square
            U = G / np.sqrt(V)
        else:
            R = decay * R + (1 - decay) * square.mean(axis=1)
            C = decay * C + (1 - decay) * square.mean(axis=0)
            U = G * ((R / R.mean()) ** -0.5)[:, None] * (C ** -0.5)[None, :]
        U = U / max(1.0, np.sqrt(np.mean(U ** 2)))
        M = beta1 * M + (1 - beta1) * U
        N = M
        if rank:
            N = P @ N if left else N
            N = scale * (N @ Q if right else N)
        W = W - LR * N
    return W


def main():
    tensors, out = galore.read(os.path.join(galore.here, "galore.safetensors")), {}
    for name in ("tall.weight", "square.weight", "wide.weight"):
        W, G = tensors["weights." + name], [tensors[f"gradients.{s}.{name}"] for s in range(40)]
        out[f"plain.{name}"] = adafactor(W, G, 0.0, 0)
        out[f"momentum.{name}"] = adafactor(W, G, 0.9, 0)
        out[f"galore.{name}"] = adafactor(W, G, 0.9, 3)
        out[f"vector.{name}"] = adafactor(W[:1], [g[:1] for g in G], 0.9, 0)
    galore.write(os.path.join(galore.here, "adafactor.safetensors"), out)


if __name__ == "__main__":
    main()
