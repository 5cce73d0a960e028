"""Captions as numbers: a fixed vocabulary that ships with the package."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

FILE = Path(__file__).with_name("words.txt")
PADDING, UNKNOWN = 0, 1
LONGEST = 48
"""Words of a caption that are read; the rest is not."""

_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, int]:
    """Word -> number, from 2."""
    words = FILE.read_text("utf-8").split()
    return {word: number for number, word in enumerate(words, start=2)}


@lru_cache(maxsize=1)
def digest() -> str:
    """What tells one vocabulary from another: weights fit the one they were trained with."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]


def split(caption: str) -> list[str]:
    """The words of a caption, lower case; ``red-haired`` is two."""
    return _WORD.findall(caption.lower())


def numbers(captions: Sequence[str]) -> Tensor:
    """(N, T) int64, padded with 0; a caption without words is one unknown word."""
    known = vocabulary()
    rows = [[known.get(word, UNKNOWN) for word in split(text)[:LONGEST]] for text in captions]
    longest = max(1, *(len(row) for row in rows)) if rows else 1
    table = torch.full((len(rows), longest), PADDING)
    for number, row in enumerate(rows):
        table[number, : max(1, len(row))] = torch.tensor(row or [UNKNOWN])
    return table
