"""What the notebooks share: calling the program, reading its tables, colours that colour-blind readers can tell apart."""

import json
import os
import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from cycler import cycler

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("ATTNDYN_PROGRAM", ROOT / "build" / "attndyn")).resolve()
SCRATCH = ROOT / "build" / "notebooks" / "runs"

# Okabe and Ito, as the program's own figures.
BLUE, ORANGE, GREEN, PINK, SKY, YELLOW, BLACK, GREY = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
plt.rcParams.update({
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PINK, SKY, YELLOW, BLACK]),
    "axes.grid": True, "axes.axisbelow": True, "grid.color": "#dddddd", "axes.spines.top": False, "axes.spines.right": False,
    "lines.linewidth": 2, "legend.frameon": False, "figure.dpi": 100, "figure.constrained_layout.use": True,
    "image.cmap": "viridis"})


def attndyn(*arguments):
    """Calls the program; returns what it prints, raises with its message if it fails."""
    if not PROGRAM.exists():
        raise FileNotFoundError(f"{PROGRAM} is missing: run `make` in {ROOT} first")
    done = subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"attndyn {' '.join(map(str, arguments))}\nexit {done.returncode}: {done.stderr}{done.stdout}")
    return done.stdout


class Run:
    """The folder of a run: its tables as DataFrames, its scalars, its verdicts."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.record = json.loads((self.folder / "run.json").read_text())
        self.scalars = self.record["scalars"]

    def table(self, name):
        return pd.read_csv(self.folder / f"{name}.csv")

    def checks(self):
        columns = ["id", "measured", "relation", "bound", "verdict"]
        return pd.DataFrame(self.record["checks"])[columns].query("verdict != 'skipped'").set_index("id")


def run(experiment, name, preset=None, **parameters):
    """attndyn run EXPERIMENT key=value ...; name: of the folder, so that runs do not overwrite each other."""
    folder = SCRATCH / name
    words = [f"{key}={value}" for key, value in parameters.items()]
    options = ["--preset", preset] if preset else []
    attndyn("run", experiment, *words, *options, "--no-plot", "--out", folder)
    return Run(folder)


def sweep(name, *words):
    """attndyn sweep WORDS; one row a run. Whatever store an earlier execution left is begun anew."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    store, table = SCRATCH / f"{name}.db", SCRATCH / f"{name}.csv"
    for old in SCRATCH.glob(f"{name}.db*"):
        old.unlink()
    attndyn("sweep", *words, "--store", store, "--csv", table, "-j", 2)
    return pd.read_csv(table)
