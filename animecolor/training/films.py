"""Ordinary videos as training clips: decoded once, a shot a clip, into memory maps."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from animecolor.config import Limits, Range, Shots
from animecolor.errors import UsageError
from animecolor.frame import Frame, from_array
from animecolor.stages.ink import drawing
from animecolor.stages.shots import mark_shots
from animecolor.stages.sizing import shrink
from animecolor.training.clips import Clip, Pictures, save_pictures
from animecolor.video.decode import decode
from animecolor.video.probe import probe

SHORTEST = 4
"""Frames below which a shot is no clip."""
_LONGEST = 240
"""Frames after which a long shot is cut: 106 MB at 288 lines of 16:9."""
_INDEX = "index.json"


def read_film(path: Path, cache: Path, side: int = 288) -> Iterator[Clip]:
    """Yield the shots of a video, decoding it into ``cache`` where that is not done yet.

    Shots are found as inference finds them (``stages.shots``). One of fewer than 4 frames is left
    out, one of more than 240 is cut. A film is cached by its path, size and time of change.

    Args:
        path: a video file.
        cache: folder of the memory maps.
        side: short side in pixels to which larger frames are reduced.

    Raises:
        UsageError: the film has no shot of 4 frames, or nothing that could be read was named.
        AnimecolorError: it cannot be decoded.
    """
    home = cache / "films" / f"{path.stem[:80]}-{_identity(path, side)}"
    index = home / _INDEX
    if not index.is_file():
        _decode(path, home, side)
    found = json.loads(index.read_text("utf-8"))
    total = found["frames"]
    for begin, end in found["clips"]:
        name = f"{path.stem}_{begin:06d}"
        color = home / f"{begin:06d}.npy"
        yield Clip(name, path.stem, "unknown", color, None, begins=begin / total, ends=end / total)


def _identity(path: Path, side: int) -> str:
    try:
        state = path.stat()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    said = f"{path.resolve()} {state.st_size} {state.st_mtime_ns} {side}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _decode(path: Path, home: Path, side: int) -> None:
    """Write the clips of a film, and the index last: without it the work is done again.

    Two processes may do it at once, for they write the same.
    """
    limits = Limits()
    source = probe(path, limits)
    home.mkdir(parents=True, exist_ok=True)
    reel = _Reel(home)
    # Reduced first: the detector looks at small pictures anyway.
    frames = (_reduced(frame, side) for frame in decode(source, Range(), limits))
    for frame in mark_shots(frames, Shots()):
        if frame.opens_shot or len(reel.waiting) == _LONGEST:
            reel.cut()
        reel.waiting.append(drawing(frame))
    reel.cut()
    if not reel.clips:
        raise UsageError(f"{path} has no shot of {SHORTEST} frames")
    part = home / f"{_INDEX}.{os.getpid()}.part"
    part.write_text(json.dumps({"frames": reel.begin, "clips": reel.clips}), "utf-8")
    os.replace(part, home / _INDEX)


@dataclass(slots=True)
class _Reel:
    """Frames of the shot being read; the only part of a film that is in memory."""

    home: Path
    begin: int = 0
    """Number of the first waiting frame."""
    waiting: list[Pictures] = field(default_factory=list)
    clips: list[tuple[int, int]] = field(default_factory=list)
    """First frame of each clip and the one after its last."""

    def cut(self) -> None:
        """Write the waiting frames as a clip, if they are enough for one."""
        end = self.begin + len(self.waiting)
        if len(self.waiting) >= SHORTEST:
            save_pictures(self.home / f"{self.begin:06d}.npy", np.stack(self.waiting))
            self.clips.append((self.begin, end))
        self.begin = end
        self.waiting = []


def _reduced(frame: Frame, side: int) -> Frame:
    """The frame at 8 bits, opaque, its short side at most ``side`` pixels."""
    picture = drawing(frame)
    height, width = picture.shape[:2]
    scale = min(1.0, side / min(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = np.ascontiguousarray(shrink(picture, size))
    return replace(frame, image=from_array(small), alpha=None)
