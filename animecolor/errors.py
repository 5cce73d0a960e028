"""What can go wrong, said in one sentence.

The command line prints ``str(error)`` and ends with ``error.exit_code``; nothing else decides how
the program ends. Raise one of these with a sentence a person can act on, naming the file or the
option at fault. Any other exception is a bug.
"""

from __future__ import annotations

import unicodedata


class AnimecolorError(Exception):
    """The job failed: unreadable media, a full disk, a write that was refused."""

    exit_code = 1


class UsageError(AnimecolorError):
    """The request itself is wrong: a bad option, an output that exists, a missing input."""

    exit_code = 2


class MissingPiece(AnimecolorError):
    """This machine lacks something: weights, an extra, a codec, a device."""

    exit_code = 5


def printable(text: str) -> str:
    """One line that a terminal shows and does not obey: file names may hold any character."""
    return "".join(letter if _is_shown(letter) else " " for letter in text)


def _is_shown(letter: str) -> bool:
    # Python calls no space printable but the plain one; Japanese names have another.
    return letter.isprintable() or unicodedata.category(letter) == "Zs"
