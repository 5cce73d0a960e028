"""Results appear whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import av.error
import pytest

from animecolor.config import Limits, Output, Range
from animecolor.errors import AnimecolorError
from animecolor.frame import Frame
from animecolor.video import clip
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.part import check_writable, part_file, part_folder, write_errors
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
def test_no_space_left_is_one_sentence(
    tmp_path: Path, bikes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = probe(bikes, LIMITS)
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    monkeypatch.setattr(clip, "part_file", lambda target: nullcontext(full))
    with pytest.raises(AnimecolorError, match="the disk is full"):
        encode(decode(info, Range(), LIMITS), tmp_path / "o.mkv", Output(preset="master"), info)
    assert list(tmp_path.iterdir()) == [full]


def test_a_name_too_long_is_found_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(AnimecolorError, match=r"cannot be written: File name too long"):
        check_writable(tmp_path / f"{'o' * 300}.mkv", 0)
    longest = tmp_path / f"{'é' * 125}.mkv"
    check_writable(longest, 0)
    with part_file(longest) as part:
        part.write_bytes(b"new")
    assert list(tmp_path.iterdir()) == [longest]


def test_other_files_with_part_names_are_left_alone(tmp_path: Path) -> None:
    """A run may even read ``clip.part.mp4`` and write ``clip.mp4``."""
    elsewhere = tmp_path / "elsewhere"
    held = {"o.part.mp4": b"mine", "o.part": b"", "o.old": b"", "elsewhere": b"precious"}
    for name, data in held.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "i.part.mp4").symlink_to(elsewhere)
    for name in ("o", "i"):
        check_writable(tmp_path / f"{name}.mp4", 0)
        with part_file(tmp_path / f"{name}.mp4") as part:
            assert part in tmp_path.glob("*.part*")
            part.write_bytes(b"new")
    assert elsewhere.read_bytes() == b"precious"
    assert (tmp_path / "i.part.mp4").is_symlink()
    for name, data in held.items():
        assert (tmp_path / name).read_bytes() == data


def test_other_folders_with_part_names_are_left_alone(tmp_path: Path) -> None:
    for name in ("o", "o.old", "o.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").touch()
    with part_folder(tmp_path / "o", ".png") as part:
        (part / "2.png").touch()
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert found == ["o", "o.old", "o.old/1.png", "o.part", "o.part/1.png", "o/2.png"]


def test_of_a_link_the_folder_behind_it_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "1.png").touch()
    (tmp_path / "o").symlink_to("disk")
    with part_folder(tmp_path / "o", ".png") as part:
        (part / "2.png").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "o"]
    assert (tmp_path / "o").is_symlink()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["2.png"]


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    target = tmp_path / "o"
    target.mkdir()
    (target / "1.png").write_bytes(b"old")
    replace = Path.replace

    def fail(self: Path, to: Path) -> Path:
        if to == target and self.name == "new":
            raise error
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises((AnimecolorError, KeyboardInterrupt)), part_folder(target, ".png") as part:
        (part / "2.png").touch()
    assert sorted(tmp_path.rglob("*")) == [target, target / "1.png"]
    assert (target / "1.png").read_bytes() == b"old"


def test_results_have_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with part_file(tmp_path / "o.mp4") as part:
            part.write_bytes(b"new")
        with part_folder(tmp_path / "o", ".png"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "o.mp4").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "o").stat().st_mode & 0o777 == 0o750


def test_what_ffmpeg_refuses_is_one_sentence(tmp_path: Path) -> None:
    """Its errors are not all errors of the operating system to Python."""
    refusal = av.error.ArgumentError(22, "Invalid argument")
    with (
        pytest.raises(AnimecolorError, match=r"o\.mkv: cannot be written: Invalid argument"),
        write_errors(tmp_path / "o.mkv"),
    ):
        raise refusal
