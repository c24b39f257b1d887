"""Training dynamics of attention: a front for the program ``attndyn``.

>>> import attndyn
>>> result = attndyn.run("scansnap/frozen-decoder", preset="quick")
>>> result.experiment
'scansnap/frozen-decoder'
>>> sorted(result.tables)[-1]
'state'

The program is found by the environment variable ``ATTNDYN`` (a path), then on the ``PATH``, then in
the build folder of the checkout that this package lies in.
"""

from ._checkpoint import load_checkpoint
from ._program import (AttndynError, CheckFailed, Interrupted, NoInput, OutOfMemory, RunFailed, UsageError,
                       WriteFailed, command, program, version)
from ._run import Check, Experiment, Result, describe, experiments, load, run
from ._store import Store, open_store, sweep
from ._verify import Verification, verify

__all__ = ["AttndynError", "Check", "CheckFailed", "Experiment", "Interrupted", "NoInput", "OutOfMemory", "Result",
           "RunFailed", "Store", "UsageError", "Verification", "WriteFailed", "command", "describe", "experiments", "load",
           "load_checkpoint", "open_store", "program", "run", "sweep", "verify", "version"]
