"""Small cuts drawn for the tests, and a colorizer that costs nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from animecolor.cels.cut import cels_to_watch, color_cut
from animecolor.cels.folder import read_cut
from animecolor.cels.manifest import Manifest
from animecolor.cels.painting import Painter
from animecolor.cels.plan import CutPlan, Wishes, plan_cut
from animecolor.cels.timesheet import HEADER
from animecolor.config import Finish, FinishKind, Network, Render
from animecolor.frame import Frame, Plane, Shot

SIZE = (48, 64)
SKIN, SHIRT = (250, 210, 180), (60, 90, 200)


def lines(at: int, alpha: bool = False) -> Image.Image:
    """A box with a bar across, ``at`` pixels from the left; aliased, black on white."""
    picture = np.full((*SIZE, 3), 255, np.uint8)
    picture[8:40, at : at + 24] = 0
    picture[10:38, at + 2 : at + 22] = 255
    picture[24:26, at + 2 : at + 22] = 0
    if not alpha:
        return Image.fromarray(picture)
    cover = np.where((picture == 0).all(2), 255, 0).astype(np.uint8)
    return Image.fromarray(np.dstack((picture, cover)))


def painted(at: int) -> Image.Image:
    """The same, painted."""
    picture = np.array(lines(at))
    picture[10:24, at + 2 : at + 22] = SKIN
    picture[26:38, at + 2 : at + 22] = SHIRT
    return Image.fromarray(picture)


def save(picture: Image.Image, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


def small_cut(folder: Path) -> Path:
    """Layer A, three TGA drawings; layer B, two PNG ones on transparency; no sheet."""
    for number in (1, 2, 3):
        save(lines(4 * number), folder / "A" / f"a{number:03d}.tga")
    for number in (1, 2):
        save(lines(30 - 4 * number, alpha=True), folder / "B" / f"b{number:03d}.png")
    return folder


def with_sheet(folder: Path, tracks: Mapping[str, Mapping[int, str]], duration: int) -> None:
    """Lay a timesheet into a cut folder."""
    cells = [
        {
            "trackNo": number,
            "frames": [{"frame": f, "data": [{"values": [cell]}]} for f, cell in track.items()],
        }
        for number, track in enumerate(tracks.values())
    ]
    table = {
        "duration": duration,
        "fields": [{"fieldId": 0, "tracks": cells}],
        "timeTableHeaders": [{"fieldId": 0, "names": list(tracks)}],
    }
    (folder / "cut.xdts").write_text(f"{HEADER}\n{json.dumps({'timeTables': [table]})}")


@dataclass(slots=True)
class Fake:
    """Colors like its nearest keyframe, or grey; remembers what it was asked."""

    shots: list[Shot] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    reads: Plane = Plane.LINE
    span: int = 1

    def begin(self, shot: Shot) -> Shot:
        self.shots.append(shot)
        return shot

    def __call__(self, frames: Sequence[Frame], memory: Shot) -> tuple[Tensor, Shot]:
        (frame,) = frames
        assert frame.plane is not None
        self.seen.append(frame.index)
        if not memory.keyframes:
            return torch.full((1, 3, *frame.plane.shape[1:]), 0.5), memory
        nearest = min(memory.keyframes, key=lambda key: abs(key.index - frame.index))
        return nearest.color[None], memory

    @property
    def keyframes(self) -> list[int]:
        """Places in the strip of the last shot's keyframes."""
        return [key.index for key in self.shots[-1].keyframes]


SMALL = Render(network=Network(size=64, device="cpu"), finish=Finish(kind=FinishKind.SMOOTH))


def plan(cut: Path, out: Path, render: Render = SMALL, **wishes: object) -> CutPlan:
    return plan_cut(read_cut(cut), out, render, Wishes(**wishes))  # type: ignore[arg-type]


def color(cut: Path, out: Path, render: Render = SMALL, **wishes: object) -> tuple[Fake, Manifest]:
    """Run over a cut with the fake; tells what it was asked and what was written down."""
    planned, fake = plan(cut, out, render, **wishes), Fake()
    watched: list[Frame] = []
    expected = cels_to_watch(planned)
    manifest = color_cut(planned, Painter(lambda: fake, watched.append))
    assert len(watched) == expected
    return fake, manifest


def keys(folder: Path, **cels: int) -> Path:
    """A folder of keyframes; ``keys(folder, a001=4)`` paints A/a001."""
    for stem, at in cels.items():
        save(painted(at), folder / stem[0].upper() / f"{stem}.png")
    return folder


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file but the manifest: what it holds, and when it was written."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def pixels(path: Path) -> NDArray[np.uint8]:
    return np.array(Image.open(path))


def copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(source, target))
