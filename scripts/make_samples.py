"""Draw the clips of samples/ with our own cartoon generator; the same files every time.

    python scripts/make_samples.py [--to samples]

Three shots of a picnic, in color and as the line drawing they were painted on, both with the same
synthesised tune, and one painted keyframe a shot.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from animecolor.training.toon import ToonFrame
from animecolor.training.toon.actor import Actor, Prop
from animecolor.training.toon.backdrop import backdrop
from animecolor.training.toon.camera import Camera, View
from animecolor.training.toon.clip import draw_scene
from animecolor.training.toon.design import design
from animecolor.training.toon.paint import PaintBox
from animecolor.training.toon.pose import GAITS
from animecolor.training.toon.scene import Scene
from animecolor.training.toon.sheet import Pen

SIZE = (360, 640)
FPS = 24
SHOT_FRAMES = 46
SHOTS = 3
RATE = 48000
NAME = "picnic"
BT709 = 1


def shots() -> tuple[Scene, Scene, Scene]:
    """The three shots; cast, place and paints are shared, so labels are too."""
    box = PaintBox(line_mix=0.35, shadow_hue=(70, 60, 140))
    meadow = backdrop("meadow", box, np.random.default_rng(MEADOW_SEED))
    girl = design("girl", box, np.random.default_rng(GIRL_SEED))
    boy = design("boy", box, np.random.default_rng(BOY_SEED))
    dog = design("dog", box, np.random.default_rng(DOG_SEED))
    balloon = _prop(box, "balloon", ((226, 60, 56), (248, 214, 90), (250, 248, 244)))
    cup = _prop(box, "cup", ((84, 146, 214), (250, 248, 244), (116, 76, 52)))
    blanket = _prop(box, "blanket", ((250, 246, 238), (222, 76, 70), (250, 246, 238)))
    basket = _prop(box, "basket", ((198, 146, 88), (250, 246, 238), (198, 146, 88)))

    def scene(number: int, camera: Camera, *actors: Actor) -> Scene:
        return Scene(number, meadow, actors, camera, Pen(0.0044, 0.5, 0.35), (-0.5, -0.86),
                     tuple(box.paints), "a picnic in a green meadow")  # fmt: skip

    pace = GAITS["walk"].speed * girl.build.leg * 0.62
    boy_pace = GAITS["walk"].speed * boy.build.leg * 0.58
    arrive = scene(
        0,
        Camera(View(-0.12, 0.0, 1.0), View(0.08, 0.0, 1.06), 2.0),
        Actor(boy, None, "figure", "walk", 0.58, -0.72, 0.33, boy_pace, 1.0, 0.95, 2, 0.4),
        Actor(girl, balloon, "figure", "walk", 0.62, -0.42, 0.39, pace, 1.0, 0.95, 2, 0.0),
        Actor(dog, None, "beast", "walk", 0.3, 0.12, 0.43, pace * 1.05, 1.0, 0.0, 2, 0.0),
    )
    settle = scene(
        1,
        Camera(View(0.02, 0.08, 1.22), View(0.02, 0.08, 1.22)),
        Actor(dog, None, "beast", "stand", 0.25, 0.02, 0.33, 0.0, 1.0, 0.0, 2, 0.7),
        Actor(None, blanket, "thing", "stand", 0.3, 0.0, 0.46, 0.0, 1.0, 0.0, 3, 0.0),
        Actor(boy, cup, "figure", "hold", 0.58, -0.34, 0.36, 0.0, 1.0, 0.45, 3, 0.9),
        Actor(girl, None, "figure", "talk", 0.62, 0.36, 0.37, 0.0, -1.0, 0.45, 2, 0.2),
        Actor(None, basket, "thing", "stand", 0.17, 0.0, 0.42, 0.0, 1.0, 0.0, 3, 0.0),
    )
    joy = scene(
        2,
        Camera(View(0.0, -0.06, 2.1), View(0.02, -0.07, 2.35), 2.2),
        Actor(girl, None, "figure", "wave", 0.62, 0.0, 0.39, 0.0, 1.0, 0.2, 2, 1.0),
        Actor(dog, None, "butterfly", "stand", 0.09, -0.36, -0.24, 0.12, 1.0, 0.0, 1, 0.3),
    )
    return arrive, settle, joy


MEADOW_SEED, GIRL_SEED, BOY_SEED, DOG_SEED = 19, 1, 10, 2


def _prop(box: PaintBox, name: str, colors: tuple[tuple[int, int, int], ...]) -> Prop:
    main, second, third = (
        box.mix(f"{name}.{part}", rgb)
        for part, rgb in zip(("main", "second", "third"), colors, strict=True)
    )
    return Prop(name, (main, second, third, box.mix(f"{name}.dark", (70, 66, 76))), "red")


def frames() -> Iterator[ToonFrame]:
    """Every frame of the clip in order."""
    for scene in shots():
        yield from draw_scene(scene, SIZE, SHOT_FRAMES, FPS)


def tune(seconds: float) -> NDArray[np.float32]:
    """(1, samples) mono in [-1, 1]: a plucked melody over a soft bass, a chime at each cut."""
    count = round(seconds * RATE)
    track = np.zeros(count + RATE * 2)
    melody = (0, 4, 7, 12, 9, 7, 4, 7, 5, 9, 12, 9, 7, 4, 2, 0)
    beat = seconds / (len(melody) + 1)
    for index, note in enumerate(melody):
        _add(track, index * beat, _pluck(523.25 * 2 ** (note / 12), 0.7) * 0.25)
    for index, note in enumerate((0, 5, 7, 0)):
        _add(track, index * 4 * beat, _pluck(130.81 * 2 ** (note / 12), 1.5) * 0.3)
    for cut in range(1, SHOTS):
        _add(track, cut * SHOT_FRAMES / FPS, _pluck(1567.98, 0.5) * 0.15)
    return np.clip(track[:count], -1, 1).astype(np.float32)[None]


def _pluck(pitch: float, seconds: float) -> NDArray[np.float64]:
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * pitch * k * t) / k**2 for k in (1, 2, 3))
    sound: NDArray[np.float64] = tone * np.exp(-5 * t / seconds) * np.minimum(1, t * 200)
    return sound


def _add(track: NDArray[np.float64], start_s: float, sound: NDArray[np.float64]) -> None:
    first = round(start_s * RATE)
    last = min(len(track), first + len(sound))
    track[first:last] += sound[: last - first]


def write(path: Path, pictures: list[NDArray[np.uint8]], sound: NDArray[np.float32]) -> None:
    """Encode (H, W, 3) RGB pictures and mono sound as H.264, BT.709 limited, and AAC."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as target:
        video = target.add_stream("libx264", rate=FPS)
        video.height, video.width = SIZE
        video.pix_fmt = "yuv420p"
        video.options = {"crf": "20", "preset": "slow", "threads": "1"}
        context = video.codec_context
        context.thread_count = 1
        context.color_range = ColorRange.MPEG
        context.colorspace, context.color_primaries, context.color_trc = BT709, BT709, BT709
        audio = target.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 96000
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
        samples = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
        samples.sample_rate, samples.pts = RATE, 0
        target.mux(audio.encode(samples))
        target.mux(audio.encode(None))


def main() -> None:
    """Draw everything into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=Path(__file__).parents[1] / "samples")
    folder: Path = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    drawn = list(frames())
    sound = tune(len(drawn) / FPS)
    write(folder / f"{NAME}.mp4", [f.color for f in drawn], sound)
    write(folder / f"{NAME}.lines.mp4", [np.repeat(f.ink[..., None], 3, 2) for f in drawn], sound)
    keys = folder / f"{NAME}.keys"
    keys.mkdir(exist_ok=True)
    for first in range(0, len(drawn), SHOT_FRAMES):
        still = keys / f"{first:06d}.png"
        cv2.imwrite(str(still), drawn[first].color[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
