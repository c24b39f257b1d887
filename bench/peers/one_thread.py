"""PyTorch on one thread, for the benchmarks' peers; where it is not installed the peer answers "missing" and ends.

Imported before any other part of torch: the libraries read the variables when they are loaded."""
import os
import sys

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
try:
    import torch
except ImportError as missing:
    print("missing", missing, flush=True)
    sys.exit()
torch.set_num_threads(1)
