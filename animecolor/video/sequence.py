"""Numbered images: found by folder or pattern, and named on the way out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from animecolor.errors import UsageError
from animecolor.video.media import IMAGE_SUFFIXES

_FIELD = re.compile(r"%0?(\d*)d|(#+)")
_NUMBERED = re.compile(r"^(.*?)(\d+)$")


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A numbered file name in a folder: ``prefix`` + number + ``suffix``."""

    folder: Path
    prefix: str
    digits: int
    """Numbers are padded with zeros to this width; longer numbers stay whole."""
    suffix: str
    """Including the extension."""

    def path_of(self, number: int) -> Path:
        """The file of one number."""
        return self.folder / f"{self.prefix}{number:0{self.digits}d}{self.suffix}"

    def number_of(self, name: str) -> int | None:
        """The number in a file name; None where the name does not fit."""
        if not name.startswith(self.prefix) or not name.endswith(self.suffix):
            return None
        middle = name[len(self.prefix) : len(name) - len(self.suffix)]
        if not (middle.isascii() and middle.isdigit()) or len(middle) < self.digits:
            return None
        return None if len(middle) > self.digits and middle[0] == "0" else int(middle)


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """The images of one sequence, in the order of their numbers."""

    pattern: NamePattern
    numbers: tuple[int, ...]

    @property
    def span(self) -> int:
        """Pictures from the first number to the last, missing ones included."""
        return self.numbers[-1] - self.numbers[0] + 1

    def path_of(self, number: int) -> Path:
        """The file of one number."""
        return self.pattern.path_of(number)

    def warnings(self) -> tuple[str, ...]:
        """Which numbers are missing."""
        missing = sorted(set(range(self.numbers[0], self.numbers[-1] + 1)) - set(self.numbers))
        if not missing:
            return ()
        listed = ", ".join(str(number) for number in missing[:8])
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        return (f"images are missing from the sequence: {listed}{more}",)


def parse_pattern(path: Path) -> NamePattern | None:
    """Read ``dir/name.%04d.png`` or ``name.####.exr``; None where the name has no number field.

    Only the last field counts: a ``%`` or ``#`` before it, or in a folder, is an ordinary letter.
    """
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return None
    fields = list(_FIELD.finditer(path.name))
    if not fields:
        return None
    last = fields[-1]
    digits = len(last[2]) if last[2] else int(last[1] or 1)
    return NamePattern(path.parent, path.name[: last.start()], digits, path.name[last.end() :])


def find_images(path: Path) -> ImageFiles | None:
    """The images that a folder or a pattern names; None where ``path`` names a single file.

    Raises:
        UsageError: a folder or pattern without images, or a folder with several sequences.
    """
    if path.is_dir():
        return _in_folder(path)
    if path.is_file():
        return None  # an existing file wins, whatever its name looks like
    pattern = parse_pattern(path)
    if pattern is None:
        return None
    if not pattern.folder.is_dir():
        raise UsageError(f"{path.parent}: no such folder")
    found = (pattern.number_of(entry.name) for entry in pattern.folder.iterdir())
    numbers = sorted({number for number in found if number is not None})
    if not numbers:
        raise UsageError(f"{path}: no image fits this pattern")
    return ImageFiles(pattern, tuple(numbers))


def _in_folder(folder: Path) -> ImageFiles:
    groups: dict[tuple[str, str], list[str]] = {}
    for entry in sorted(folder.iterdir()):
        match = _NUMBERED.match(entry.stem)
        if entry.suffix.lower() in IMAGE_SUFFIXES and match and not entry.name.startswith("."):
            groups.setdefault((match[1], entry.suffix), []).append(match[2])
    if not groups:
        raise UsageError(f"{folder} is a folder without numbered images")
    if len(groups) > 1:
        names = ", ".join(f"{prefix}*{suffix}" for prefix, suffix in sorted(groups)[:4])
        raise UsageError(f"{folder} holds several image sequences ({names}); name one pattern")
    (((prefix, suffix), digits),) = groups.items()
    width = min(len(text) for text in digits)
    pattern = NamePattern(folder, prefix, width, suffix)
    numbers = {
        int(text) for text in digits if pattern.number_of(f"{prefix}{text}{suffix}") is not None
    }
    return ImageFiles(pattern, tuple(sorted(numbers)))
