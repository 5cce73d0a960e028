"""From a planned shot to finished frames: color, ink and regions of one and the same drawing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.training.toon.camera import Stage, View
from animecolor.training.toon.landscape import draw_backdrop, draw_front
from animecolor.training.toon.paint import INK, Fade, Paint, lookup, region, scale
from animecolor.training.toon.scene import Scene, plan

INK_LEVEL = 191
"""A pixel counts as ink (label 0) where the ink drawing is this dark or darker."""

_GRAIN_SIDE = 256

Sheet = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class ToonFrame:
    """One finished frame. Held frames share their arrays: copy before writing."""

    color: NDArray[np.uint8]
    """(H, W, 3) RGB, 0 to 255: the finished cel on its background, ink included."""
    ink: NDArray[np.uint8]
    """(H, W), 255 = paper, 0 = full ink: every line of the drawing, those between tones too."""
    regions: NDArray[np.int32]
    """(H, W) labels, 0 = ink; the rest are keys of ``palette(seed)`` and mean the same all clip."""


def draw_clip(seed: int, size: tuple[int, int], frames: int, fps: int = 24) -> Iterator[ToonFrame]:
    """Draw one shot frame by frame.

    Args:
        seed: Decides everything that is drawn.
        size: (height, width) in pixels; the same shot at any size.
        frames: How many to draw.
        fps: Frames a second; speeds are in seconds.
    """
    return draw_scene(plan(seed), size, frames, fps)


def draw_scene(
    scene: Scene, size: tuple[int, int], frames: int, fps: int = 24
) -> Iterator[ToonFrame]:
    """Draw a planned shot frame by frame, see ``draw_clip``."""
    darkroom = Darkroom.of(scene.paints, scene.seed)
    last: tuple[tuple[tuple[float, ...], View], ToonFrame] | None = None
    painted: Sheet = np.zeros((0, 0), np.uint16)
    for index in range(frames):
        times = tuple(index // actor.hold * actor.hold / fps for actor in scene.actors)
        view = scene.camera.at(index / fps)
        drawing = (times, view)
        if last is None or last[0] != drawing:
            if last is None or last[0][1] != view:
                painted = paint_backdrop(scene, view, size)
            sheet = draw_actors(scene, painted.copy(), times, view)
            last = drawing, darkroom.develop(sheet, view, size)
        yield last[1]


def fineness(size: tuple[int, int]) -> int:
    """Sheet pixels a picture pixel is wide."""
    short = min(size)
    return 4 if short <= 400 else 3 if short <= 800 else 2


def paint_backdrop(scene: Scene, view: View, size: tuple[int, int]) -> Sheet:
    """A fresh sheet with the backdrop as the camera sees it."""
    fine = fineness(size)
    sheet = np.zeros((size[0] * fine, size[1] * fine), np.uint16)
    draw_backdrop(scene.backdrop, Stage(sheet, view, scene.pen, scene.light))
    return sheet


def draw_actors(scene: Scene, sheet: Sheet, times: tuple[float, ...], view: View) -> Sheet:
    """Draw the actors on a backdrop, in place, each at its own time."""
    stage = Stage(sheet, view, scene.pen, scene.light)
    for actor, t in zip(scene.actors, times, strict=True):
        actor.draw(stage, t)
    draw_front(scene.backdrop, stage)
    return sheet


@dataclass(frozen=True, slots=True, eq=False)
class Darkroom:
    """Turns sheets into frames."""

    table: NDArray[np.uint32]
    """(65536,) R, G, B and ink packed, by number."""
    soft: dict[int, Fade]
    """Label -> soft fill."""
    flat: NDArray[np.uint8]
    """(labels, 3) exact colors."""
    grain: NDArray[np.float32]
    """(side, side) brush texture in [-1, 1], tileable."""

    @classmethod
    def of(cls, paints: tuple[Paint, ...], seed: int) -> Darkroom:
        """Prepare the tables of a shot."""
        table = lookup(paints)
        soft: dict[int, Fade] = {}
        for number, paint in enumerate(paints):
            if paint.fade is not None:
                soft[region(number)] = paint.fade
                dark = _darker(paint.fade)
                soft[region(number, 1)] = dark
                soft[region(number, 2)] = paint.fade
        labels = region(len(paints))
        return cls(table.view(np.uint32).ravel(), soft, table[:labels, :3].copy(), _grain(seed))

    def develop(self, sheet: NDArray[np.uint16], view: View, size: tuple[int, int]) -> ToonFrame:
        """Color, ink and regions of a sheet."""
        wide = (size[1], size[0])
        packed = np.take(self.table, sheet).view(np.uint8).reshape(*sheet.shape, 4)
        mixed = cv2.resize(packed, wide, interpolation=cv2.INTER_AREA).astype(np.uint8)
        ink = 255 - mixed[..., 3]
        regions = _regions(sheet, ink, size)
        color = self._paint_soft(mixed[..., :3], sheet, view, regions)
        # Specks finer than a pixel must not tint a flat area: inside it the color is exact.
        single = regions.astype(np.uint16)
        kernel = np.ones((3, 3), np.uint8)
        pure = (cv2.erode(single, kernel) == cv2.dilate(single, kernel)) & (
            cv2.erode(ink, kernel) == 255
        )
        for label in self.soft:
            pure &= regions != label
        color[pure] = self.flat[regions[pure]]
        return ToonFrame(color, ink, regions)

    def _paint_soft(
        self,
        mixed: NDArray[np.uint8],
        sheet: NDArray[np.uint16],
        view: View,
        regions: NDArray[np.int32],
    ) -> NDArray[np.uint8]:
        """Add the soft fills, each weighted by how much of the pixel it covers."""
        height, width = regions.shape
        total = mixed.astype(np.float32)
        for label in self.soft:
            mask = cv2.inRange(sheet, label, label)
            if not mask.any():
                continue
            cover = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
            fade = self.soft[label]
            matrix = view.matrix((height, width), fade.depth)
            rows = (np.arange(height) + 0.5 - matrix[1, 2]) / matrix[1, 1]
            share = np.clip((rows - fade.above) / (fade.below - fade.above), 0, 1)[:, None]
            soft = np.array(fade.top) * (1 - share) + np.array(fade.bottom) * share
            field = np.repeat(soft[:, None, :], width, axis=1).astype(np.float32)
            if fade.grain > 0:
                field += self._texture(matrix, (height, width))[..., None] * fade.grain
            total += field * (cover.astype(np.float32) / 255)[..., None]
        return np.clip(np.rint(total), 0, 255).astype(np.uint8)

    def _texture(self, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
        scaled = matrix.copy() / _GRAIN_SIDE
        scaled[:, 2] = matrix[:, 2]
        return cv2.warpAffine(
            self.grain,
            scaled,
            (size[1], size[0]),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        ).astype(np.float32)


def _darker(fade: Fade) -> Fade:
    return Fade(scale(fade.top, 0.72), scale(fade.bottom, 0.72), fade.above, fade.below,
                fade.depth, fade.grain)  # fmt: skip


def _regions(
    sheet: NDArray[np.uint16], ink: NDArray[np.uint8], size: tuple[int, int]
) -> NDArray[np.int32]:
    """One label a pixel: 0 where there is enough ink, else the paint nearest its middle."""
    fine = sheet.shape[0] // size[0]
    cells = sheet.reshape(size[0], fine, size[1], fine).transpose(0, 2, 1, 3)
    labels: NDArray[np.int32] = cells[:, :, fine // 2, fine // 2].astype(np.int32)
    stray = labels >= INK
    if stray.any():
        choices = cells[stray].reshape(-1, fine * fine).astype(np.int32)
        labels[stray] = np.where(choices < INK, choices, 0).max(axis=1)
    labels[ink <= INK_LEVEL] = 0
    return labels


def _grain(seed: int) -> NDArray[np.float32]:
    """Soft horizontal strokes of a dry brush."""
    rng = np.random.default_rng((seed, 5))
    noise = rng.standard_normal((_GRAIN_SIDE, _GRAIN_SIDE)).astype(np.float32)
    tiled = np.tile(noise, (3, 3))
    soft = cv2.GaussianBlur(tiled, (0, 0), sigmaX=14, sigmaY=3)
    middle = soft[_GRAIN_SIDE : 2 * _GRAIN_SIDE, _GRAIN_SIDE : 2 * _GRAIN_SIDE]
    strokes: NDArray[np.float32] = np.clip(middle / (2 * middle.std()), -1, 1)
    return strokes
