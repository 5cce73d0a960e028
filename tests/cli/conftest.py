"""Small clips and a small network, made once a worker."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.cli.sample_cut import SAMPLE, run

PATTERN = "testsrc2=size=96x64:rate=24:duration={}"
# Tagged, so that nothing has to be assumed and said.
TAGS = ("-colorspace", "-color_primaries", "-color_trc", "-color_range")
BT709 = [word for tag in TAGS for word in (tag, "1")] + ["-pix_fmt", "yuv420p"]


def ffmpeg(*argv: object) -> None:
    """Run the static ffmpeg of the test extra."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, argv)]
    subprocess.run(command, check=True, timeout=120)


def draw(
    target: Path,
    *argv: object,
    seconds: float = 0.5,
    pattern: str = PATTERN,
    inputs: tuple[object, ...] = (),
) -> Path:
    """Write a clip of FFmpeg's test pattern, further arguments deciding how."""
    ffmpeg("-f", "lavfi", "-i", pattern.format(seconds), *inputs, *BT709, *argv, target)
    return target


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a very narrow tcvc: real code paths in no time."""
    import torch

    from animecolor.models.tcvc import TcvcNet
    from animecolor.models.weights import Header, save

    torch.manual_seed(0)
    size = {"width": 4, "blocks": 1}
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save(path, Header("tcvc", size, {}), TcvcNet(**size).build().state_dict())
    return path


@pytest.fixture
def fast(tiny: Path) -> list[str]:
    """Flags that make a run small."""
    small = ["--size", "64", "--device", "cpu", "--precision", "fp32"]
    return ["--model", "tcvc", "--weights", str(tiny), *small]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Twelve frames of H.264 with nothing odd about them."""
    return draw(tmp_path / "clip.mp4")


@pytest.fixture
def long_clip(tmp_path: Path) -> Path:
    """A minute: long enough to be stopped in the middle."""
    return draw(tmp_path / "long.mp4", seconds=60)


@pytest.fixture(scope="session")
def tiny_anchor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a very narrow anchor, which expects the same error everywhere: ``EXPECTED``."""
    import torch

    from animecolor.models.anchor import AnchorNet
    from animecolor.models.weights import Header, save

    torch.manual_seed(0)
    size = {"width": 4, "blocks": 1, "value": 4}
    path = tmp_path_factory.mktemp("weights") / "tiny-anchor.safetensors"
    save(path, Header("anchor", size, {}), AnchorNet(**size).build().state_dict())
    return path


EXPECTED = 0.6971
"""Softplus of 0, and the level of 8 bits that is always added."""


@pytest.fixture
def doubting(tiny_anchor: Path) -> list[str]:
    """As ``fast``, with a model that tells the error it expects and takes references."""
    small = ["--size", "64", "--device", "cpu", "--precision", "fp32", "--progress", "none"]
    return ["--weights", str(tiny_anchor), *small]


@pytest.fixture(scope="session")
def colored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample in ``cut`` and what the shipped anchor made of it in ``out``."""
    folder = tmp_path_factory.mktemp("cut")
    shutil.copytree(SAMPLE, folder / "cut")
    assert run(folder / "cut", folder / "out") == 0
    return folder


@pytest.fixture
def own(colored: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A cut and its cels that a test may change."""
    shutil.copytree(colored, tmp_path, dirs_exist_ok=True)
    return tmp_path / "cut", tmp_path / "out"
