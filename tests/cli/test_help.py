"""Help is instant and complete: it must not load what only the work needs."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

import animecolor
from animecolor.cli import COMMANDS, main

HEAVY = {"torch", "kornia", "av", "cv2", "numpy", "pydantic", "scenedetect", "tqdm", "ffmpeg"}
LIMIT_S = 0.3


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )


@pytest.mark.parametrize(
    "argv", [["--help"], ["run", "--help"], ["models", "--help"], ["doctor", "-h"]]
)
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    done = python(
        f"import sys; from animecolor.cli import main; main({argv!r}); "
        "sys.stderr.write(' '.join(sys.modules))"
    )
    assert HEAVY & set(done.stderr.split()) == set()
    assert "Usage: animecolor" in done.stdout


def test_importing_the_package_imports_nothing_heavy() -> None:
    done = python("import sys, animecolor; sys.stderr.write(' '.join(sys.modules))")
    assert HEAVY & set(done.stderr.split()) == set()


def test_help_is_fast() -> None:
    """Processor time of the best of five, so that a busy machine does not decide."""
    best = min(_cpu_s() for _ in range(5))
    assert best < LIMIT_S


def _cpu_s() -> float:
    before = os.times()
    started = time.perf_counter()
    python("from animecolor.cli import main; main(['--help'])")
    wall = time.perf_counter() - started
    after = os.times()
    spent = after.children_user + after.children_system
    return min(wall, spent - before.children_user - before.children_system)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n  {name} " in listed for name in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"animecolor, version {animecolor.__version__}\n"


def test_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "animecolor", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_public_names_are_there() -> None:
    assert {"MODELS", "Frame", "colorize_video", "load_model"} <= set(dir(animecolor))
    assert animecolor.Frame.__name__ == "Frame"
    with pytest.raises(AttributeError, match="no attribute 'Fame'"):
        animecolor.Fame  # noqa: B018
