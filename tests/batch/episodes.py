"""Small seasons: clips with real cuts, a manifest, and every part of a job in reach."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np

from animecolor.batch.engine import Outcome, outcome
from animecolor.batch.job import folder_of, plan_job, working
from animecolor.batch.manifest import Manifest, read_manifest
from animecolor.batch.plan import Plan, plan_episode
from animecolor.batch.render import Driver, Summary
from animecolor.cli.batch_worker import perform
from tests.cli.conftest import BT709, ffmpeg

SHOT_FRAMES = 5
LOOK = """\
mode = "gray"
[network]
model = "tcvc"
weights = "tiny.safetensors"
size = 64
device = "cpu"
precision = "fp32"
"""
_PATTERNS = ("testsrc2", "smptehdbars", "mandelbrot")


def cut_clip(target: Path, *argv: object, rate: int = 24) -> Path:
    """A clip of three shots of five frames."""
    inputs: list[object] = []
    for pattern in _PATTERNS:
        inputs += ["-f", "lavfi", "-i", f"{pattern}=size=96x64:rate={rate}"]
    trims = "".join(
        f"[{n}:v]trim=end_frame={SHOT_FRAMES},setpts=PTS-STARTPTS[v{n}];" for n in (0, 1, 2)
    )
    graph = f"{trims}[v0][v1][v2]concat=n=3:v=1[v]"
    coding = argv or ("-c:v", "libx264", "-crf", "10", *BT709)
    ffmpeg(*inputs, "-filter_complex", graph, "-map", "[v]", *coding, target)
    return target


@dataclass
class Season:
    """A folder with a manifest."""

    root: Path
    weights: Path
    manifest: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root.mkdir()
        self.manifest = self.root / "season.toml"
        shutil.copyfile(self.weights, self.root / "tiny.safetensors")
        (self.root / "look.toml").write_text(LOOK)

    def write(self, episodes: str, defaults: str = 'encode = "master"') -> Path:
        """The manifest, of these episodes."""
        head = f'[defaults]\nconfig = "look.toml"\n{defaults}\n\n'
        self.manifest.write_text(head + episodes)
        return self.manifest

    def read(self) -> Manifest:
        return read_manifest(self.manifest)

    @property
    def job(self) -> Path:
        return folder_of(self.manifest)

    def plans(self) -> list[Plan]:
        """Planned as ``render`` would."""
        with working(self.read()) as ledger:
            return plan_job(self.read(), ledger)

    def plans_strictly(self) -> list[Plan]:
        """As ``plans``, but what is wrong with an episode is raised."""
        return [plan_episode(each, self.job / each.name) for each in self.read().episodes]

    def render(self, engine: Here | None = None) -> Summary:
        """Render what is not rendered yet, in this process."""
        with working(self.read()) as ledger:
            return Driver(plan_job(self.read(), ledger), ledger, engine or Here()).run()


class Here:
    """An engine without processes."""

    def __init__(self, slots: int = 1) -> None:
        self.begun: list[str] = []
        self.closed = False
        self._slots = slots
        self._flying: list[Path] = []

    @property
    def free(self) -> int:
        return self._slots - len(self._flying)

    def submit(self, task: Path) -> str:
        self.begun.append(task.stem)
        self._flying.append(task)
        return "here"

    def wait_any(self, timeout_s: float) -> list[Outcome]:
        task = self._flying.pop(0)
        return [self.do(task)]

    def do(self, task: Path) -> Outcome:
        """What becomes of a task."""
        return outcome(task, "here", perform(str(task)))

    def close(self) -> None:
        self.closed = True


def stamped(clip: Path) -> list[tuple[Any, bytes]]:
    """(seconds, bytes of the planes) of every picture."""
    with av.open(str(clip)) as container:
        return [
            (frame.pts * frame.time_base, b"".join(map(bytes, frame.planes)))
            for frame in container.decode(video=0)
        ]


def paint(folder: Path, frame: int, size: tuple[int, int] = (64, 96), seed: int = 0) -> Path:
    """Save a painted frame."""
    folder.mkdir(exist_ok=True)
    picture = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    path = folder / f"{frame:06d}.png"
    save(path, picture)
    return path


def save(path: Path, picture: np.ndarray[Any, Any]) -> None:
    """Write (H, W, 3 or 4) uint8 as a picture."""
    import cv2

    order = [2, 1, 0, 3][: picture.shape[2]]
    assert cv2.imwrite(str(path), np.ascontiguousarray(picture[..., order]))


def names(files: Iterable[Path]) -> list[str]:
    return sorted(file.name for file in files)
