"""Scan&Snap's population flow by SciPy: the dense NumPy right-hand side, Y (M, M) and Z (L, M) whole.

Each line "method rtol seconds K N D G eta_y eta_z t_end  z_1..z_D w_1..w_G a_1..a_D" (the reference end
state of the authors' symmetric set) is answered by "cpu_seconds error rhs_calls", or by a word that says
why not. One BLAS thread, as the other side; float64."""
import os
import sys

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
try:
    import time

    import numpy as np
    import scipy
    from scipy.integrate import solve_ivp
except ImportError as missing:
    print("missing", missing, flush=True)
    sys.exit()


class TooLong(Exception):
    pass


def solve(method, rtol, seconds, K, N, D, G, eta_y, eta_z, t_end, reference):
    L = K // N
    M = G + K * D + L + K
    weights = np.concatenate([np.ones(G), np.linspace(0.1, 1, D)])
    weights /= weights.sum()
    P = np.zeros((K, M))
    P[:, :G] = weights[:G]
    for k in range(K):
        P[k, G + k * D:G + (k + 1) * D] = weights[G:]
    last, own = np.arange(K) // N, M - K + np.arange(K)
    n = M * M + L * M
    if method != "DOP853" and n > 20000:
        return f"needs a dense Jacobian of {n} x {n}"
    classes, calls, deadline = np.arange(K), 0, time.process_time() + seconds

    def rhs(_, y):
        nonlocal calls
        calls += 1
        if time.process_time() > deadline:
            raise TooLong
        Y, Z = y[:M * M].reshape(M, M), y[M * M:].reshape(L, M)
        f = P * np.exp(Z[last])
        f /= np.linalg.norm(f, axis=1, keepdims=True)
        r = f @ Y
        r -= r.max(axis=1, keepdims=True)
        np.exp(r, out=r)
        r /= -r.sum(axis=1, keepdims=True)
        r[classes, own] = 0
        r[classes, own] = -r.sum(axis=1)
        g = r @ Y.T
        dz = f * (g - f * (f * g).sum(axis=1, keepdims=True))
        out = np.empty_like(y)
        np.matmul(f.T, (eta_y / K) * r, out=out[:M * M].reshape(M, M))
        out[M * M:] = (eta_z / K) * dz.reshape(L, N, M).sum(axis=1).ravel()
        return out

    start = time.process_time()
    try:
        s = solve_ivp(rhs, (0, t_end), np.zeros(n), method=method, rtol=rtol, atol=1e-3 * rtol, t_eval=[t_end])
    except TooLong:
        return f"over {seconds:g} s ({calls} right-hand sides)"
    except MemoryError:
        return "out of memory"
    seconds = time.process_time() - start
    if not s.success:
        return f"failed: {s.message}"
    Y, Z = s.y[:M * M, -1].reshape(M, M), s.y[M * M:, -1].reshape(L, M)
    z, w, a = reference[:D], reference[D:D + G], reference[D + G:]
    own_z = np.array([Z[last[k], G + k * D:G + (k + 1) * D] for k in range(K)])
    own_a = np.array([Y[G + k * D:G + (k + 1) * D, own[k]] for k in range(K)])
    size_z = max(abs(z).max(), abs(w).max())
    error = max(abs(own_z - z).max() / size_z, abs(Z[:, :G] - w).max() / size_z, abs(own_a - a).max() / abs(a).max())
    return f"{seconds} {error} {calls}"


print(f"ready SciPy {scipy.__version__}, NumPy {np.__version__}, 1 BLAS thread", flush=True)
for line in sys.stdin:
    method, *rest = line.split()
    x = [float(v) for v in rest]
    K, N, D, G = (int(v) for v in x[2:6])
    print(solve(method, x[0], x[1], K, N, D, G, *x[6:9], np.array(x[9:])), flush=True)
