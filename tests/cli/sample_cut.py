"""The sample cut, and how the tests run over it and look at what comes of it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animecolor.cli import main
from tests.cels.drawings import contents

SAMPLE = Path(__file__).parents[2] / "samples" / "cut"
CELS = [f"A/a{n:04d}.tga" for n in (1, 2, 4, 5, 6)] + ["A.R1/a0003.tga"]
CELS += [f"B/b{n:04d}.png" for n in (1, 2, 3, 4)]
INK = (0, 0, 0)
SMALL = ("--size", "128", "--device", "cpu", "--precision", "fp32", "--progress", "none")


def run(cut: Path, out: Path, *flags: object, palette: str = "day") -> int:
    keys = ("--keyframes", cut / "keys", "--palette", cut / f"{palette}.toml")
    return main([*map(str, ("run", cut / "drawings", "-o", out, *keys, *SMALL, *flags))])


def swatches(path: Path) -> dict[str, tuple[int, ...]]:
    table = tomllib.loads(path.read_text())
    return {row["name"]: tuple(bytes.fromhex(row["rgb"][1:])) for row in table["swatch"]}


def colors(path: Path) -> set[tuple[int, ...]]:
    picture = pixels(path)
    codes = packed(picture)
    seen = np.unique(codes[picture[..., 3] > 0] if picture.shape[2] == 4 else codes)
    return {(code >> 16, code >> 8 & 255, code & 255) for code in seen.tolist()}


def colors_by_area(path: Path) -> list[tuple[int, ...]]:
    """The paints of a transparent cel, the commonest first."""
    picture = pixels(path)
    codes, counts = np.unique(packed(picture)[picture[..., 3] > 0], return_counts=True)
    order = codes[np.argsort(-counts)].tolist()
    return [(code >> 16, code >> 8 & 255, code & 255) for code in order if code]


def packed(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """(H, W, 3 or 4) to one number a color: NumPy finds unique rows slowly."""
    wide = picture.astype(np.uint32)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]


def pixels(path: Path) -> NDArray[np.uint8]:
    return np.array(Image.open(path))


def changed(before: dict[str, tuple[bytes, int]], out: Path) -> list[str]:
    now = contents(out)
    return [name for name in now if name != "run.toml" and now[name] != before.get(name)]
