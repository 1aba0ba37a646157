"""The house holds its shape: its layers, its wheel, its names."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("loop", "generators", "sensing", "ui", "sessions")
CLOCK = ROOT / "loop" / "clock.py"


def python_files():
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_the_import_contracts_hold():
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_wheel_holds_exactly_the_five_packages_and_the_shipped_protocols(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    names = zipfile.ZipFile(next(tmp_path.glob("euthymia-*.whl"))).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == set(PACKAGES)
    assert {"calm.yaml", "uplift.yaml", "open_loop.yaml", "demo.yaml"} <= {Path(n).name for n in names}


def test_no_module_is_named_after_one_of_the_standard_library():
    assert [path.name for path in python_files() if path.stem in sys.stdlib_module_names] == []


def test_only_the_clock_asks_what_time_it_is():
    guilty = [str(p.relative_to(ROOT)) for p in python_files() if p != CLOCK and "import time\n" in p.read_text()]
    assert guilty == []


def test_every_folder_of_tests_is_a_package():
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert all((folder / "__init__.py").exists() for folder in folders)


def test_replay_is_not_a_word_of_the_engine():
    assert "replay" not in (ROOT / "loop" / "engine.py").read_text().lower()
