"""JoMA's figures in PyTorch, with the same arithmetic. Each line is answered by CPU seconds.

"training STEPS": the setting of figures 2 and 3 (20 tokens, 20 classes, d = 30, T = 1/2, autograd, plain
SGD at 0.1). "bounce STEPS": figure 4 (10 components, no gradient needed). "normals COUNT": torch.randn.
One thread, float32: the best setting at these sizes."""
import os
import sys

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
try:
    import time

    import torch
except ImportError as missing:
    print("missing", missing, flush=True)
    sys.exit()
torch.set_num_threads(1)


def training(steps):
    torch.manual_seed(0)
    M, K, d = 20, 20, 30
    X = torch.rand(M, K) / 2
    for i in range(K):
        X[:10, i] = torch.exp(-(torch.arange(10) - i / K * 10) ** 2 / 30)
    X /= X.sum(0)
    U = torch.eye(d, M + 1)
    W = (torch.randn(d, K) / 100).requires_grad_()
    z = (torch.randn(M) / 100).requires_grad_()
    label = torch.arange(K)
    start = time.process_time()
    for _ in range(steps):
        b = X * torch.exp(z / 0.5)[:, None]
        b = b / b.sum(0)
        f = U[:, :M] @ b + U[:, M:]
        loss = torch.nn.functional.cross_entropy(f.T @ W, label)
        loss.backward()
        with torch.no_grad():
            W -= 0.1 * W.grad
            z -= 0.1 * z.grad
        W.grad = z.grad = None
    return time.process_time() - start


def bounce(steps):
    torch.manual_seed(0)
    mu = torch.sort(3 * torch.rand(10) + 1)[0]
    v = torch.full((10,), 0.05)
    entropy = torch.zeros(steps)
    start = time.process_time()
    for i in range(steps):
        s = torch.softmax(v * v / 3, 0)
        entropy[i] = -(s * (torch.log(s) + 1e-8)).sum()
        v = v + 0.02 * (mu - v) * s
    return time.process_time() - start


def normals(count):
    start = time.process_time()
    torch.randn(count)
    return time.process_time() - start


print(f"ready PyTorch {torch.__version__}, 1 thread, float32", flush=True)
for line in sys.stdin:
    what, count = line.split()
    print({"training": training, "bounce": bounce, "normals": normals}[what](int(count)), flush=True)
