"""Results appear whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from animecolor.config import Limits, Output, Range
from animecolor.errors import AnimecolorError
from animecolor.frame import Frame
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.probe import probe

LIMITS = Limits()
FAST = Output(preset="review", options={"preset": "ultrafast"})


class Stop(BaseException):
    """Not an Exception, as Ctrl-C is not."""


def broken(frames: Iterator[Frame], after: int, error: BaseException) -> Iterator[Frame]:
    for number, frame in enumerate(frames):
        if number == after:
            raise error
        yield frame


@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt, AnimecolorError, ValueError])
@pytest.mark.parametrize("after", [0, 9])
@pytest.mark.parametrize(("name", "preset"), [("o.mp4", "review"), ("o", "tga")])
def test_any_error_leaves_nothing(
    tmp_path: Path, bikes: Path, error: type[BaseException], after: int, name: str, preset: str
) -> None:
    info = probe(bikes, LIMITS)
    threads = threading.active_count()
    frames = decode(info, Range(), LIMITS)
    with pytest.raises(error):
        encode(broken(frames, after, error("stop")), tmp_path / name, Output(preset=preset), info)
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == threads


def test_an_old_file_survives_a_failed_run(tmp_path: Path, bikes: Path) -> None:
    info = probe(bikes, LIMITS)
    target = tmp_path / "o.mp4"
    target.write_bytes(b"old")
    with pytest.raises(AnimecolorError, match="no frame"):
        encode(iter(()), target, FAST, info)
    assert target.read_bytes() == b"old"
    encode(decode(info, Range(frames=3), LIMITS), target, FAST, info)
    assert len(list(decode(probe(target, LIMITS), Range(), LIMITS))) == 3


def test_a_full_disk_is_one_sentence(tmp_path: Path, bikes: Path) -> None:
    """A limit on the size of a file acts as a full disk does, for root too."""
    info = probe(bikes, LIMITS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        for name, preset in (("o.mkv", "master"), ("o.mov", "prores4444"), ("o", "png")):
            with pytest.raises(AnimecolorError, match=r"disk is full|larger than"):
                encode(decode(info, Range(), LIMITS), tmp_path / name, Output(preset=preset), info)
            assert list(tmp_path.iterdir()) == []
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_no_space_left_is_one_sentence(tmp_path: Path, bikes: Path) -> None:
    info = probe(bikes, LIMITS)
    (tmp_path / "o.part.mkv").symlink_to("/dev/full")
    with pytest.raises(AnimecolorError, match="the disk is full"):
        encode(decode(info, Range(), LIMITS), tmp_path / "o.mkv", Output(preset="master"), info)
    assert list(tmp_path.iterdir()) == []
