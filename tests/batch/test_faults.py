"""Ten faults of ``scripts/break_batch.py``, which knows more: nothing is lost, doubled or half."""

from __future__ import annotations

import importlib
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
KILLS = [(target, seed) for target in ("worker", "driver") for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def breaking() -> Any:
    """The script, which is in no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        return importlib.import_module("break_batch")


@pytest.fixture(scope="module")
def season(breaking: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return breaking.build(tmp_path_factory.mktemp("season"), "local")


@pytest.mark.parametrize(("target", "seed"), KILLS)
def test_something_is_killed(breaking: Any, season: Any, target: str, seed: int) -> None:
    breaking.kill(season, random.Random(seed), target, longest_s=6.0)


@pytest.mark.parametrize("fault", ["full", "corrupt", "weights", "clock"])
def test_something_else_goes_wrong(breaking: Any, season: Any, fault: str, tmp_path: Path) -> None:
    if fault == "full":
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
        if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("only the superuser of a Linux can fill a disk of its own")
        subprocess.run(["umount", str(tmp_path)], check=True)
    getattr(breaking, fault)(season, random.Random(1))


def test_what_is_lost_is_seen(breaking: Any, season: Any) -> None:
    breaking.finish(season)
    files, tries = season.shot_files(), season.tries()
    victim = next(iter(files))
    saved = victim.read_bytes()
    victim.write_bytes(saved[: len(saved) // 2])
    with pytest.raises(breaking.Violation, match=r"cannot be read|frames of"):
        breaking.check(season, files, tries)
    victim.unlink()
    with pytest.raises(breaking.Violation, match="rendered again though it was done"):
        breaking.check(season, files, tries)
    with pytest.raises(breaking.Violation, match="1 shots are lost"):
        breaking.check(season, {}, tries)
