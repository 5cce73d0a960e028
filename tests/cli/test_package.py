"""What is installed is the package and all it needs, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")
ROOT = Path(__file__).parents[2]
KINDS = ("*.py", "*.toml", "*.safetensors", "*.html", "*.css", "*.js", "*.json", "py.typed")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution, built without a network."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return folder


def test_wheel_holds_the_package_and_its_data(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    top = {name.split("/")[0] for name in names}
    assert top == {"animecolor", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    needed = [
        path.relative_to(ROOT).as_posix()
        for kind in KINDS
        for path in (ROOT / "animecolor").rglob(kind)
    ]
    assert set(needed) <= names
    assert any(name.endswith("presets/draft.toml") for name in names)


def test_source_distribution_holds_no_clips(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    inside = {name.split("/", 1)[1] for name in names}
    assert {"pyproject.toml", "LICENSE", "README.md", "Makefile", "constraints.txt"} <= inside
    assert [name for name in inside if name.endswith((".mp4", ".mkv", ".mov"))] == []
