"""JoMA's figure 4 in PyTorch: the loop as the authors' script writes it, single or double precision.

Each line "precision steps" is answered by "cpu_seconds entropy_min iteration last_entropy v_last".
One thread: ten numbers gain nothing from more."""
import sys
import time

from one_thread import torch

MU = [1.265432357788086, 1.3960914611816406, 1.9222683906555176, 2.3668839931488037, 2.470280170440674,
      2.488769769668579, 2.896918773651123, 2.902235984802246, 3.3046653270721436, 3.6893341541290283]
print("ready", "torch", torch.__version__, "one thread, no autograd", flush=True)
for line in sys.stdin:
    precision, steps = line.split()
    kind = torch.float32 if precision == "single" else torch.float64
    mu = torch.tensor(MU, dtype=kind)
    v = torch.full_like(mu, 0.05)
    with torch.no_grad():
        start = time.process_time()
        entropy = torch.zeros(int(steps), dtype=kind)
        for i in range(int(steps)):
            s = torch.softmax(v * v / 3, 0)
            entropy[i] = -(s * (torch.log(s) + 1e-8)).sum()
            v = v + 0.02 * (mu - v) * s
        seconds = time.process_time() - start
    least = int(entropy.argmin())
    print(seconds, float(entropy[least]), least, float(entropy[-1]), float(v[-1]), flush=True)
