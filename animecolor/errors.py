"""What can go wrong, said in one sentence.

The command line prints ``str(error)`` and ends with ``error.exit_code``; nothing else decides how
the program ends. Raise one of these with a sentence a person can act on, naming the file or the
option at fault. Any other exception is a bug.
"""

from __future__ import annotations


class AnimecolorError(Exception):
    """The job failed: unreadable media, a full disk, a write that was refused."""

    exit_code = 1


class UsageError(AnimecolorError):
    """The request itself is wrong: a bad option, an output that exists, a missing input."""

    exit_code = 2


class MissingPiece(AnimecolorError):
    """This machine lacks something: weights, an extra, a codec, a device."""

    exit_code = 5
