"""Draw samples/cut with our own cartoon generator; the same files every time.

    python scripts/draw_cut.py [--to samples/cut]

A girl who waves (layer A, binarised TGA on white, one retake) and a dog that trots by before her
(layer B, PNG on transparency), as a studio hands them to its painters: black lines, and trace lines
that are blue around shadows, red around lights and green where two colors just meet. With them the
timesheet, a palette for the day and one for the night, and a painted keyframe of each layer.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animecolor.flats.palette import Palette
from animecolor.flats.palette import Swatch as PaletteSwatch
from animecolor.flats.palette_files import write_palette
from animecolor.training.toon.actor import Actor
from animecolor.training.toon.camera import Stage, View
from animecolor.training.toon.design import design
from animecolor.training.toon.paint import INK, PaintBox, Swatch, swatches
from animecolor.training.toon.sheet import Pen

SIZE = (360, 640)
BLACK, RED, GREEN, BLUE = (0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255)
PAPER = (255, 255, 255)
WHITE = (240, 240, 246)
"""Of teeth and eyes: what is painted white must not be the paper's own, which nobody painted."""
PEN = Pen(width=0.0056, taper=0.0, weight=0.0, trace=0.8)
LIGHT = (-0.5, -0.86)
VIEW = View(-0.03, -0.12, 1.7)
STEP_S = 1 / 6
FRAMES = 30
CELLS = {
    # Frame -> cell; what is not listed holds. The girl is on threes and rests at the end.
    "A": {0: "1", 3: "2", 6: "3", 9: "4", 12: "5", 15: "6", 18: "3", 21: "2", 24: "1"}
    | {27: "SYMBOL_HYPHEN"},
    # The dog comes in late and leaves early.
    "B": {4: "1", 7: "2", 8: "SYMBOL_TICK_1", 10: "3", 13: "4", 16: "SYMBOL_NULL_CELL"},
}
Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Cel:
    """A drawing and how it is painted: (H, W, 3) uint8, and (H, W) where it is painted."""

    lines: NDArray[np.uint8]
    painted: NDArray[np.uint8]
    cover: NDArray[np.bool_]


def draw(actor: Actor, t: float, names: Mapping[int, Swatch]) -> Cel:
    """Draw an actor alone, aliased, at ``t`` seconds."""
    sheet = np.zeros(SIZE, np.uint16)
    actor.draw(Stage(sheet, VIEW, PEN, LIGHT), t)
    ink = sheet >= INK
    regions = np.where(ink, 0, sheet).astype(np.int32)
    traces = _traces(sheet, regions, names)
    lines = np.full((*SIZE, 3), 255, np.uint8)
    lines[ink] = BLACK
    for color, mask in traces.items():
        lines[mask] = color
    flat = np.full((max(names) + 1, 3), 255, np.uint8)
    for label, swatch in names.items():
        flat[label] = swatch.rgb
    traced = np.logical_or.reduce(list(traces.values()))
    painted = flat[regions]
    painted[ink] = BLACK
    painted[traced] = _darkest(flat, np.where(traced, 0, regions))[traced]
    return Cel(lines, painted, sheet > 0)


def _traces(
    sheet: NDArray[np.uint16], regions: NDArray[np.int32], names: Mapping[int, Swatch]
) -> dict[Color, NDArray[np.bool_]]:
    """Where trace lines run: blue at shadows, red at lights, green where two parts just meet.

    The generator inks most of them; parts that meet without ink get a line of their own, as every
    color of a cel is enclosed.
    """
    light = [label for label, swatch in names.items() if swatch.name.endswith(".light")]
    inked = (sheet >= INK) & ((sheet - INK) % 2 == 1)
    lit = np.isin(_around(regions, 1), light).any(axis=0)
    padded = np.pad(regions, 1, mode="edge")
    right, below = padded[1:-1, 2:], padded[2:, 1:-1]
    meets = np.zeros(SIZE, np.bool_)
    same = np.zeros(SIZE, np.bool_)
    for other in (right, below):
        here = (regions > 0) & (other > 0) & (regions != other)
        meets |= here
        same |= here & ((regions - 1) // 3 == (other - 1) // 3)
    tone = inked | same
    return {BLUE: tone & ~lit, RED: tone & lit, GREEN: meets & ~same}


def _around(regions: NDArray[np.int32], reach: int) -> NDArray[np.int32]:
    """(N, H, W): the regions within ``reach`` pixels of each; 0 = a line or paper."""
    padded, side = np.pad(regions, reach), 2 * reach + 1
    height, width = regions.shape
    at = [(y, x) for y in range(side) for x in range(side) if (y, x) != (reach, reach)]
    return np.stack([padded[y : y + height, x : x + width] for y, x in at])


def _darkest(flat: NDArray[np.uint8], regions: NDArray[np.int32]) -> NDArray[np.uint8]:
    """(H, W, 3): the darkest color beside each pixel, which is what a trace line is filled with."""
    near = _around(regions, 2)
    luma = flat.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    levels = np.where(near == 0, np.float32(1e9), luma[near])
    return flat[np.take_along_axis(near, levels.argmin(axis=0)[None], axis=0)[0]]


def cast() -> tuple[Actor, Actor, dict[int, Swatch]]:
    """The girl, the dog, and what their labels mean."""
    box = PaintBox(line_mix=0.0, shadow_hue=(70, 60, 140))
    girl = design("girl", box, np.random.default_rng(1))
    dog = design("dog", box, np.random.default_rng(2))
    wave = Actor(girl, None, "figure", "wave", 0.82, -0.1, 0.44, 0.0, 1.0, 0.2, 1, 0.3)
    trot = Actor(dog, None, "beast", "trot", 0.26, -0.12, 0.15, 0.6, 1.0, 0.0, 1, 0.8)
    names = swatches(tuple(box.paints))
    return wave, trot, {n: replace(s, rgb=WHITE) if s.rgb == PAPER else s for n, s in names.items()}


def write_sheet(path: Path) -> None:
    """The timesheet, as the exchange format has it."""
    tracks = []
    for number, cells in enumerate(CELLS.values()):
        frames = [{"frame": f, "data": [{"id": 0, "values": [c]}]} for f, c in cells.items()]
        tracks.append({"trackNo": number, "frames": frames})
    table = {
        "name": "cut",
        "duration": FRAMES,
        "fields": [{"fieldId": 0, "tracks": tracks}],
        "timeTableHeaders": [{"fieldId": 0, "names": list(CELLS)}],
    }
    content = {"header": {"cut": "1", "scene": "1"}, "timeTables": [table], "version": 5}
    path.write_text(f"exchangeDigitalTimeSheet Save Data\n{json.dumps(content)}\n")


def colors_of(cels: Iterable[Cel], names: Mapping[int, Swatch]) -> dict[str, Color]:
    """Each color that the cels show, by the name of the first part that has it."""
    shown = {PAPER: "ground"}
    for cel in cels:
        for rgb in np.unique(cel.painted.reshape(-1, 3), axis=0).tolist():
            part = next((s.name for s in names.values() if s.rgb == tuple(rgb)), None)
            if part is not None:
                shown.setdefault(tuple(rgb), part)
    return {part: rgb for rgb, part in sorted(shown.items(), key=lambda item: item[1])}


def night(rgb: Color) -> Color:
    """A color by moonlight; the ground stays paper."""
    if rgb == PAPER:
        return rgb
    r, g, b = (round(level * share + add) for level, share, add in
               zip(rgb, (0.42, 0.5, 0.66), (8, 12, 34), strict=True))  # fmt: skip
    return r, g, b


def save(cel: Cel, path: Path, painted: bool = False) -> None:
    """Write a cel of layer A on white, of layer B on transparency."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = cel.painted if painted else cel.lines
    if path.parent.name.startswith("A"):
        how = {"compression": "tga_rle"} if path.suffix == ".tga" else {"optimize": True}
        Image.fromarray(picture).save(path, **how)
        return
    cover = cel.cover if painted else (picture < 255).any(axis=2)
    alpha = np.where(cover, 255, 0).astype(np.uint8)
    Image.fromarray(np.dstack((picture, alpha))).save(path, optimize=True)


def main() -> None:
    """Draw everything into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parents[1] / "samples" / "cut"
    parser.add_argument("--to", type=Path, default=default)
    folder: Path = parser.parse_args().to
    wave, trot, names = cast()
    girls = [draw(wave, number * STEP_S, names) for number in range(6)]
    dogs = [draw(trot, number * STEP_S, names) for number in range(4)]
    drawings, keys = folder / "drawings", folder / "keys"
    for number, cel in enumerate(girls, 1):
        save(cel, drawings / "A" / f"a{number:04d}.tga")
    save(draw(wave, 2.3 * STEP_S, names), drawings / "A.R1" / "a0003.tga")
    for number, cel in enumerate(dogs, 1):
        save(cel, drawings / "B" / f"b{number:04d}.png")
    save(girls[0], keys / "A" / "a0001.png", painted=True)
    save(dogs[0], keys / "B" / "b0001.png", painted=True)
    write_sheet(drawings / "cut.xdts")
    day = colors_of([*girls, *dogs], names)
    for name, light in (("day", day), ("night", {part: night(rgb) for part, rgb in day.items()})):
        palette = Palette(tuple(PaletteSwatch(rgb, part) for part, rgb in light.items()), name)
        write_palette(palette, folder / f"{name}.toml")


if __name__ == "__main__":
    main()
