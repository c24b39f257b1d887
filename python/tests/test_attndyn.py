"""The package against the program: python3 -m unittest discover -s python/tests -t python/tests"""

import doctest
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import attndyn
import attndyn._checkpoint
import attndyn._program
import attndyn._run
import attndyn._store
import attndyn._tables
import attndyn._verify


class Runs(unittest.TestCase):
    def test_a_run_has_tables_scalars_verdicts(self):
        result = attndyn.run("scansnap/growth", preset="quick", ratios=[1, 10])
        self.assertEqual(result.experiment, "scansnap/growth")
        self.assertEqual(set(result.verdicts), set(attndyn.experiments("scansnap/growth")[0].checks))
        self.assertEqual(sorted(set(result.tables["curves"]["ratio"])), [1, 10])
        self.assertEqual(result.parameters["ratios"], [1, 10])
        self.assertGreater(len(result.state("z")), 0)
        with self.assertRaisesRegex(KeyError, "quantities of this state are"):
            result.state("nothing")
        with self.assertRaisesRegex(KeyError, "the tables are"):
            result.tables["nothing"]

    def test_a_folder_is_read_back_and_figures_are_paths(self):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "a b"
            result = attndyn.run("scansnap/frozen-decoder", preset="quick", out=out, plot=True)
            self.assertTrue(result.figures and all(path.is_file() for path in result.figures))
            again = attndyn.load(out)
            self.assertEqual(again.verdicts, result.verdicts)

    def test_a_name_may_have_any_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / os.fsdecode(b"caf\xe9 <&>")
            result = attndyn.run("scansnap/frozen-decoder", preset="quick", out=out, plot=True)
            self.assertGreater(len(result.tables["state"]["value"]), 0)
            self.assertTrue(result.figures and all(path.is_file() for path in result.figures))
        with self.assertRaisesRegex(attndyn.UsageError, "there is no experiment '--help'"):
            attndyn.run("--help")

    def test_a_temporary_folder_goes_with_its_result(self):
        result = attndyn.run("scansnap/frozen-decoder", preset="quick")
        folder = result.folder
        self.assertTrue(folder.is_dir())
        del result
        self.assertFalse(folder.exists())

    def test_tables_outlive_the_result_that_made_them(self):
        self.assertGreater(len(attndyn.run("scansnap/frozen-decoder", preset="quick").tables["state"]["value"]), 0)

    def test_errors_are_the_program_s_line(self):
        with self.assertRaisesRegex(attndyn.UsageError, "did you mean 'scansnap/growth'"):
            attndyn.run("scansnap/grwth")
        with self.assertRaisesRegex(attndyn.UsageError, "per_decade"):
            attndyn.run("scansnap/growth", per_decade=0)
        with self.assertRaises(ValueError):
            attndyn.run("scansnap/growth", per_decad=10)
        with self.assertRaises(FileNotFoundError):
            attndyn.load("/nonexistent")

    def test_the_program_is_found_or_said_to_be_missing(self):
        environment = dict(os.environ, ATTNDYN="/nonexistent")
        done = subprocess.run([sys.executable, "-c", "import attndyn; attndyn.version()"], capture_output=True, text=True,
                              env=environment, cwd=Path(__file__).resolve().parent.parent, check=False)
        self.assertIn("expected the path of the program", done.stderr)


    def test_words_of_python_take_an_underscore(self):
        self.assertEqual(attndyn.run("scansnap/overview", class_=1).parameters["class"], 1)

    def test_progress_is_shown_where_it_is_asked_for(self):
        code = ("import attndyn, sys; attndyn.verify('C12.monotone', 'J2a.closed-form', jobs=1, progress=sys.argv[1] == 'yes')")
        for asked in ("yes", "no"):
            done = subprocess.run([sys.executable, "-c", code, asked], capture_output=True, text=True, check=True,
                                  cwd=Path(__file__).resolve().parent.parent)
            self.assertEqual("2 claims hold" in done.stderr, asked == "yes", done.stderr)

    def test_an_interrupt_lets_the_program_save(self):
        code = ("import attndyn, sys\n"
                "try:\n"
                "    attndyn.run('lowrank/train', out=sys.argv[1], updates=100000, save_every=0.1)\n"
                "except KeyboardInterrupt:\n"
                "    print('interrupted')\n")
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "run"
            child = subprocess.Popen([sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE, text=True,
                                     cwd=Path(__file__).resolve().parent.parent)
            for _ in range(3000):
                if (out / "checkpoint.safetensors").exists():
                    break
                time.sleep(0.02)
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.communicate(timeout=120)[0], "interrupted\n")
            self.assertTrue((out / "checkpoint.safetensors").exists())
            self.assertFalse((out / "run.json").exists())


class Sweeps(unittest.TestCase):
    def test_a_store_gives_back_its_tables_and_is_drawn(self):
        with tempfile.TemporaryDirectory() as folder:
            store = attndyn.sweep("lowrank/memory", {"r": [4, 8], "shape": ["60M", "130M"]}, store=Path(folder) / "s.db",
                                  keep="bytes")
            kept = store.table("bytes", where={"r": 8})
            self.assertEqual(set(kept["r"]), {8})
            self.assertEqual(len(attndyn.sweep("lowrank/memory", {"r": [4, 8], "d": [256, 512]}, zip=["r", "d"],
                                               store=Path(folder) / "z.db").runs()["r"]), 2)
            drawn = store.plot(Path(folder) / "f", x="r", scalars=["galore_over_full"])
            self.assertEqual([path.name for path in drawn], ["galore_over_full.svg"])
            with self.assertRaisesRegex(attndyn.UsageError, "nothing"):
                store.table("nothing")


class Package(unittest.TestCase):
    """`pip install ./python` without a network: a wheel made by the standard library alone, which works."""

    def test_pip_installs_it_offline(self):
        package = Path(__file__).resolve().parent.parent
        before = sorted(path for path in package.rglob("*") if "__pycache__" not in path.parts)
        with tempfile.TemporaryDirectory() as folder:
            python = Path(folder) / "env" / "bin" / "python"
            made = subprocess.run([sys.executable, "-m", "venv", str(Path(folder) / "env")], capture_output=True,
                                  text=True, check=False)
            if made.returncode or not (python.parent / "pip").exists():
                self.skipTest("no venv with pip: " + made.stdout.strip()[:200])
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-index", str(package)], check=True)
            code = "import attndyn; print(attndyn.version()); print(attndyn.__file__)"
            said = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, cwd=folder,
                                  env=dict(os.environ, ATTNDYN=attndyn.program())).stdout
            self.assertIn(folder, said)
            self.assertTrue(said.startswith("attndyn "))
            # As the README says: no variable, nothing on the PATH, but the checkout has built the program.
            if (package.parent / "build" / "attndyn").exists():
                bare = {key: value for key, value in os.environ.items() if key != "ATTNDYN"}
                bare["PATH"] = folder
                again = subprocess.run([python, "-c", code + "; print(attndyn.program())"], capture_output=True, text=True,
                                       check=False, cwd=folder, env=bare)
                self.assertEqual(again.stdout.splitlines()[-1:], [str(package.parent / "build" / "attndyn")], again.stderr)
        self.assertEqual(sorted(path for path in package.rglob("*") if "__pycache__" not in path.parts), before)
        version = (package.parent / "VERSION").read_text().strip()
        self.assertIn(f'version = "{version}"', (package / "pyproject.toml").read_text())

    def test_the_readme_runs_as_printed(self):
        text = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
        code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ, PYTHONPATH=str(Path(attndyn.__file__).parent.parent), ATTNDYN=attndyn.program())
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False,
                                  env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("did you mean 'scansnap/growth'", done.stdout)


class Json(unittest.TestCase):
    def test_the_keys_are_the_promised_ones(self):
        self.assertEqual(list(attndyn.describe("scansnap/growth")),
                         "id title source doc params presets tables scalars figures checks".split())
        for experiment in attndyn.experiments():
            about = attndyn.describe(experiment.id)
            for param in about["params"]:
                self.assertEqual(list(param), "name type default min max choices unit doc only symbol".split())
            self.assertTrue(any(preset["name"] == "quick" for preset in about["presets"]))
            self.assertEqual([check["id"] for check in about["checks"]], list(experiment.checks))
        self.assertEqual(attndyn.describe("C12.monotone")["experiment"], "scansnap/growth")


class Verify(unittest.TestCase):
    def test_checks_are_addressed_excluded_tolerated(self):
        one = attndyn.verify("C12.monotone")
        self.assertEqual(list(one.checks), ["C12.monotone"])
        self.assertTrue(one)
        two = attndyn.verify("scansnap/growth", exclude=["E.*"])
        self.assertTrue(two.checks and not any(id.startswith("E.") for id in two.checks))
        tight = attndyn.verify("C12.late-slope", tolerance_scale=1e-9)
        self.assertFalse(tight)
        with tempfile.NamedTemporaryFile("w", suffix=".known") as known:
            known.write("# what is tolerated\nC12.late-slope because it is a test\n")
            known.flush()
            self.assertTrue(attndyn.verify("C12.late-slope", tolerance_scale=1e-9, known=known.name))
        with self.assertRaisesRegex(attndyn.UsageError, "did you mean 'C12.monotone'"):
            attndyn.verify("C12.monoton")


class Tables(unittest.TestCase):
    def test_without_pandas_and_numpy_they_are_lists(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as table:
            table.write('a,b,c\n1,0.5,"x, y"\n2,,z\n')
            table.flush()
            code = ("import sys; sys.modules['pandas'] = None; sys.modules['numpy'] = None\n"
                    "from attndyn._tables import read_table\n"
                    "t = read_table(sys.argv[1]); assert t['a'] == [1, 2] and t['c'] == ['x, y', 'z'], t\n"
                    "assert t['b'][0] == 0.5 and t['b'][1] != t['b'][1]\n")
            subprocess.run([sys.executable, "-c", code, table.name], check=True,
                           cwd=Path(__file__).resolve().parent.parent)

    def test_texts_stay_texts(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as table:
            table.write("piece,n\nNA,1\n007,2\n")
            table.flush()
            read = attndyn._tables.read_table(Path(table.name), {"piece": "text", "n": "int"})
            self.assertEqual(list(read["piece"]), ["NA", "007"])


class Checkpoints(unittest.TestCase):
    def test_tensors_are_arrays(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("NumPy is not installed")
        header = json.dumps({"w": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
                             "h": {"dtype": "BF16", "shape": [1], "data_offsets": [8, 10]},
                             "__metadata__": {"k": "v"}}).encode()
        with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
            file.write(struct.pack("<Q", len(header)) + header + struct.pack("<ffH", 1.5, -2, 0x3FC0))
            file.flush()
            tensors, metadata = attndyn.load_checkpoint(file.name)
        self.assertEqual(tensors["w"].tolist(), [[1.5], [-2]])
        self.assertEqual(tensors["h"].tolist(), [1.5])
        self.assertEqual(metadata, {"k": "v"})


def load_tests(loader, tests, pattern):
    for module in (attndyn, attndyn._program, attndyn._run, attndyn._store, attndyn._verify):
        tests.addTests(doctest.DocTestSuite(module, optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL))
    return tests


if __name__ == "__main__":
    unittest.main()
