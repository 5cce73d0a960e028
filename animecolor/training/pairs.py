"""Registered pairs of a near-infrared and a color picture, and which of them training never sees.

The folder format is ``NAME_nir.EXT`` beside ``NAME_rgb.EXT``, of one size; infrared of 8 or 16
bits. A pair is one scene: it is trained on or held out whole, never patch by patch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from animecolor.errors import UsageError
from animecolor.training.clips import save_pictures
from animecolor.training.recipe import Supply

_NIR = re.compile(r"(?P<name>.+)_nir(?P<kind>\.\w+)")


@dataclass(frozen=True, slots=True)
class Pair:
    """One scene seen twice; memory maps are opened when asked for."""

    name: str
    nir_path: Path
    rgb_path: Path

    @property
    def group(self) -> str:
        """What its set calls scenes like it: the name without its number."""
        return self.name.rstrip("0123456789").rstrip("_-")

    def nir(self) -> NDArray[Any]:
        """(H, W) uint8 or uint16, memory-mapped."""
        picture: NDArray[Any] = np.load(self.nir_path, mmap_mode="r")
        return picture

    def rgb(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB, memory-mapped."""
        picture: NDArray[np.uint8] = np.load(self.rgb_path, mmap_mode="r")
        return picture


class Data(BaseModel):
    """Which pairs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: Path
    """Folder of pairs to train on."""
    held_out: Path
    """Folder of pairs to validate on."""
    cache: Path
    leave_out: tuple[str, ...] = ()
    """Names of training pairs that show what a held-out one shows."""


@dataclass(frozen=True, slots=True)
class Material:
    """The pairs a recipe works on."""

    training: Sequence[Pair] = ()
    held_out: Sequence[Pair] = ()


def gather(data: Data) -> Material:
    """Read the pairs of a run.

    Raises:
        UsageError: a folder holds no pairs, both hold one of the same name, or a name to be left
            out is not there.
    """
    training, held_out = (read_pairs(folder, data.cache) for folder in (data.train, data.held_out))
    names = {pair.name for pair in training}
    if unknown := sorted(set(data.leave_out) - names):
        raise UsageError(f"{data.train} has no {unknown[0]!r} to leave out")
    if seen := sorted(names & {pair.name for pair in held_out} - set(data.leave_out)):
        raise UsageError(f"{seen[0]!r} is in both {data.train} and {data.held_out}")
    return Material([pair for pair in training if pair.name not in data.leave_out], held_out)


PAIRS = Supply(Data, gather, Material())
"""Near infrared and color."""


def read_pairs(folder: Path, cache: Path) -> list[Pair]:
    """Read the pairs of a folder, by name, decoding into ``cache`` what is not there.

    Raises:
        UsageError: there is none, one lacks its color, a picture cannot be read, or the two differ
            in size.
    """
    found = [match for path in _files(folder) if (match := _NIR.fullmatch(path.name))]
    if not found:
        raise UsageError(f"{folder} holds no pairs: pictures called NAME_nir.* and NAME_rgb.*")
    place = folder.resolve()
    home = cache / f"{place.parent.name}-{place.name}"
    home.mkdir(parents=True, exist_ok=True)
    return [_pair(folder / match[0], match["name"], home) for match in found]


def read_infrared(path: Path) -> NDArray[Any]:
    """Read a near-infrared picture: (H, W) uint8 or uint16.

    Three channels are averaged, as cameras without a colour filter write the same thing thrice.

    Raises:
        UsageError: it is no picture of 8 or 16 bits.
    """
    picture = _read(path)
    if picture.ndim == 2:
        return picture
    mean = picture[..., :3].mean(2)
    gray: NDArray[Any] = mean.round().astype(picture.dtype)
    return gray


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(f"cannot read the folder {folder}: {error.strerror}") from error


def _pair(nir: Path, name: str, home: Path) -> Pair:
    pair = Pair(name, home / f"{name}.nir.npy", home / f"{name}.rgb.npy")
    if not (pair.nir_path.is_file() and pair.rgb_path.is_file()):
        others = sorted(nir.parent.glob(f"{name}_rgb.*"))
        if not others:
            raise UsageError(f"{nir} has no {name}_rgb beside it")
        plane, color = read_infrared(nir), _read(others[0])
        if color.ndim != 3 or color.shape[:2] != plane.shape:
            raise UsageError(f"{nir} and {others[0]} are no pair: {plane.shape} and {color.shape}")
        if color.dtype == np.uint16:
            color = (color / 257).round().astype(np.uint8)
        save_pictures(pair.nir_path, plane)
        save_pictures(pair.rgb_path, np.ascontiguousarray(color[..., 2::-1]))
    return pair


def _read(path: Path) -> NDArray[Any]:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.dtype not in (np.uint8, np.uint16):
        raise UsageError(f"{path} is not a picture of 8 or 16 bits")
    return picture
