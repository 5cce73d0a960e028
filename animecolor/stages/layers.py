"""The layers of a painted clip, as an ink and paint department takes them on.

A folder holds ``flats/`` (indexed PNG, aliased, filled under the lines), ``lines/`` (the artist's
black ink in alpha), ``confidence/`` (grey: 255 = sure) and ``result/``, one file a frame, named as
the source's images are or ``000123.png``; ``soft/`` where a region is painted with a gradient; and
``palette.toml`` and ``layers.toml``. Index i of every flats layer is swatch i of the palette; 255
is what no swatch tells: transparent, or a gradient that ``soft/`` has.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.config import Render
from animecolor.errors import UsageError
from animecolor.flats.indexed import to_indexed_png
from animecolor.flats.palette import MOST, Palette, Swatch, snap
from animecolor.flats.palette_files import read_palette, write_palette
from animecolor.frame import UNPAINTED, Flats, Frame, to_array
from animecolor.stages.heat import HOTTEST
from animecolor.stages.keylist import source_name
from animecolor.stages.shots import Clock
from animecolor.stages.smooth import smooth
from animecolor.video.encode import number_of
from animecolor.video.part import check_writable, part_tree, write_errors
from animecolor.video.sequence import NamePattern

if TYPE_CHECKING:
    from animecolor.video.info import VideoInfo

log = logging.getLogger("animecolor")

FOLDERS = ("flats", "lines", "confidence", "result", "soft")
PALETTE, ABOUT = "palette.toml", "layers.toml"
_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]
_BYTES_A_PIXEL = 0.6


def check_layers_folder(folder: Path, overwrite: bool) -> None:
    """Refuse to replace what no earlier run made: a folder of layers is replaced as a whole.

    Raises:
        UsageError: naming what is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; layers are written into a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise UsageError(f"{folder} is a folder that is not empty; pass -y to replace it")
    for path in folder.rglob("*"):
        inside = path.parent != folder
        known = path.suffix == ".png" if inside else path.name in (*FOLDERS, PALETTE, ABOUT)
        if not known or (inside and path.parent.parent != folder):
            name = path.relative_to(folder)
            raise UsageError(f"{folder} holds {name} too; name a folder for the layers only")


def check_room(folder: Path, like: VideoInfo) -> None:
    """Make sure that the layers of a clip can be written.

    Raises:
        UsageError, AnimecolorError: as ``check_writable``.
    """
    pixels = like.width * like.height * (like.frames or 1)
    check_writable(folder.absolute(), int(_BYTES_A_PIXEL * pixels))


@contextmanager
def layers_tape(target: Path, like: VideoInfo, render: Render) -> Iterator[LayersTape]:
    """Record the layers of a run. The folder appears when it is complete, or not at all.

    Args:
        target: the folder, which ``check_layers_folder`` has let pass.
        like: the source.
        render: the run, which paints flats.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    target = target.absolute()
    palette = render.finish.palette
    known = Palette(()) if palette is None else read_palette(palette)
    with part_tree(target) as part:
        tape = LayersTape(target, part, like, Swatches(list(known.swatches)), known.name)
        yield tape
        with write_errors(target):
            tape.finish(render)


@dataclass(slots=True)
class Swatches:
    """The swatches of a whole clip, in the order in which they came."""

    all: list[Swatch]
    _index: dict[tuple[tuple[int, int, int], str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, swatch in enumerate(self.all):
            self._index.setdefault((swatch.rgb, swatch.name), number)

    def table(self, flats: Flats) -> NDArray[np.uint8]:
        """(R + 1,) index of each region's color among all.

        A clip of more colors than an index can tell gets the nearest for those that came last.
        """
        numbers = np.full(256, UNPAINTED, np.uint8)
        for here in np.unique(flats.swatch[1:]).tolist():
            if here != UNPAINTED:
                red, green, blue = flats.rgb[here].tolist()
                numbers[here] = self._number((red, green, blue), flats.names[here])
        return np.asarray(numbers[flats.swatch])

    def _number(self, rgb: tuple[int, int, int], name: str) -> int:
        key = rgb, name
        if key not in self._index:
            if len(self.all) == MOST:
                log.warning("the clip has more than %d colors: layers show the nearest", MOST)
                nearest, _ = snap(Palette(tuple(self.all)), np.array([rgb], np.uint8))
                self._index[key] = int(nearest[0])
            else:
                self._index[key] = len(self.all)
                self.all.append(Swatch(rgb, name))
        return self._index[key]


@dataclass(slots=True)
class LayersTape:
    """Writes what passes by; give it to the pipeline as its watcher. See ``layers_tape``."""

    target: Path
    """What errors name."""
    folder: Path
    """Where it is written meanwhile."""
    like: VideoInfo
    swatches: Swatches
    name: str = ""
    """Of the palette."""
    written: int = 0
    _first: int | None = None
    _skipped: int | None = None
    _files: dict[str, bytes] = field(default_factory=dict)
    """Of the last drawing: a held one is written again."""

    def __call__(self, frame: Frame) -> None:
        """Write the layers of one frame.

        Raises:
            ValueError: it was not painted as flats.
        """
        if not frame.held or not self._files:
            self._files = self._encode(frame)
        number = self._number(frame)
        self._first = number if self._first is None else self._first
        with write_errors(self.target):
            for layer, data in self._files.items():
                folder = self.folder / layer
                folder.mkdir(exist_ok=True)
                self._names(folder).path_of(number).write_bytes(data)
        self.written += 1

    def finish(self, render: Render) -> None:
        """Write the palette, and what the layers are of."""
        write_palette(Palette(tuple(self.swatches.all), self.name), self.folder / PALETTE)
        palette = (self.folder / PALETTE).read_bytes()
        names = self._names(self.folder)
        about: dict[str, Any] = {
            "source": source_name(self.like),
            "width": self.like.width,
            "height": self.like.height,
            "rate": str(self.like.rate),
            "time_base": str(self.like.time_base),
            "first": self._first or 0,
            "count": self.written,
            "prefix": names.prefix,
            "digits": names.digits,
            "mode": str(render.mode),
            "lines_over": str(render.finish.lines_over),
            "palette_sha256": hashlib.sha256(palette).hexdigest(),
        }
        # JSON's strings and numbers are TOML's, but for DEL, which TOML wants escaped.
        said = {key: json.dumps(value, ensure_ascii=False) for key, value in about.items()}
        text = "".join(f"{key} = {value}\n" for key, value in said.items()).replace(
            "\x7f", "\\u007f"
        )
        (self.folder / ABOUT).write_text(text, encoding="utf-8", errors="replace")

    def _number(self, frame: Frame) -> int:
        """A sequence keeps its numbers; of a clip, frames before this one, as keyframes count."""
        if self.like.images is not None:
            return number_of(frame, self.like)
        if self._skipped is None:
            # Of the first frame time tells the number; then frames count, at a variable rate too.
            clock = Clock(self.like.rate, self.like.start_pts)
            self._skipped = clock.number(frame) - frame.index
        return frame.index + self._skipped

    def _names(self, folder: Path) -> NamePattern:
        if self.like.images is None:
            return NamePattern(folder, "", 6, ".png")
        source = self.like.images.pattern
        return NamePattern(folder, source.prefix, source.digits, ".png")

    def _encode(self, frame: Frame) -> dict[str, bytes]:
        flats, painted = frame.flats, frame.painted
        if flats is None or painted is None:
            raise ValueError(f"frame {frame.index} was not painted as flats")
        index = self.swatches.table(flats)[flats.labels]
        result = to_array(painted)
        cover = frame.alpha if frame.cover is None else frame.cover
        files = {
            "flats": to_indexed_png(index, Palette(tuple(self.swatches.all))),
            "lines": _png(_with_alpha(np.zeros((*index.shape, 3), flats.ink.dtype), flats.ink)),
            "confidence": _png(confidence(frame)),
            "result": _png(
                result if cover is None else _with_alpha(result, to_array(cover)[..., 0])
            ),
        }
        if flats.soft.any():
            inside = flats.soft[flats.labels]
            top = np.iinfo(result.dtype).max
            under = to_array(smooth(frame, lines=False))
            files["soft"] = _png(_with_alpha(under, inside.astype(under.dtype) * top))
        return files


def confidence(frame: Frame) -> NDArray[np.uint8]:
    """How sure the colors are: that of the region's vote, times that of the network.

    Args:
        frame: painted as flats; where it has no ``error`` the vote alone counts.

    Returns:
        (H, W): 255 is sure; 0 is an expected error of ``HOTTEST`` or more, or a color that was
        none of the palette's.
    """
    assert frame.flats is not None
    level = np.rint(frame.flats.sure.clip(0, 1) * 255).astype(np.uint8)
    sure = level[frame.flats.labels]
    if frame.error is None:
        return np.asarray(sure, np.uint8)
    trust = 1 - (frame.error[0].float().cpu().numpy() / HOTTEST).clip(0, 1)
    large = cv2.resize(np.rint(trust * 255).astype(np.uint8), (frame.size[1], frame.size[0]))
    return np.asarray(cv2.multiply(sure, large, scale=1 / 255), np.uint8)


def _with_alpha(picture: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    return np.dstack((picture, alpha))


def _png(picture: NDArray[Any]) -> bytes:
    """Grey, RGB or RGBA of 8 or 16 bits as a PNG file."""
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    if picture.ndim == 3:
        picture = cv2.cvtColor(picture, order[picture.shape[2]])
    return cv2.imencode(".png", picture, _FAST)[1].tobytes()
