"""Pairs drawn for tests: things of two colors, alike in infrared, under one shade."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

COLORS = np.array([(40, 120, 40), (90, 140, 220), (190, 60, 50), (200, 190, 160)], np.float32)
GAINS = np.array([200, 60, 200, 60], np.float32)
"""What each color is in infrared: two and two alike, so that no table tells them apart."""


def draw_pair(seed: int, side: int = 64) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(side, side) infrared and (side, side, 3) RGB of one invented scene."""
    chance = np.random.default_rng(seed)
    stuff = np.full((side, side), int(chance.integers(4)))
    for _ in range(5):
        top, left = chance.integers(0, side - 8, 2)
        height, width = chance.integers(8, side // 2, 2)
        stuff[top : top + height, left : left + width] = chance.integers(4)
    shade = cv2.GaussianBlur(chance.uniform(0.6, 1.2, (side, side)), (0, 0), 3)
    rgb = np.clip(COLORS[stuff] * shade[..., None], 0, 255).astype(np.uint8)
    return np.clip(GAINS[stuff] * shade, 0, 255).astype(np.uint8), rgb


def write_pairs(folder: Path, seeds: range, deep: bool = False, side: int = 64) -> Path:
    """Write scenes as ``scene_NNN_nir.png`` and ``_rgb.png``; infrared of 16 bits where deep."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        nir, rgb = draw_pair(seed, side)
        plane = nir.astype(np.uint16) * 257 if deep else nir
        cv2.imwrite(str(folder / f"scene_{seed:03d}_nir.png"), plane)
        cv2.imwrite(str(folder / f"scene_{seed:03d}_rgb.png"), rgb[..., ::-1])
    return folder
