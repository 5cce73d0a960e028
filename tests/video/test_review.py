from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from animecolor.config import Limits, Output, Range
from animecolor.errors import AnimecolorError, MissingPiece
from animecolor.frame import Frame
from animecolor.video import ffmpeg as program
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.probe import probe
from animecolor.video.review import review_tape, write_review

LIMITS = Limits()


def test_a_run_is_shown_side_by_side(
    tmp_path: Path, bikes: Path, read: Callable[..., list[Frame]]
) -> None:
    info = probe(bikes, LIMITS)

    def painted(watch: Callable[[Frame], None]) -> Iterator[Frame]:
        for frame in decode(info, Range(start="2", frames=5), LIMITS):
            line = torch.zeros_like(frame.image[:1])
            done = replace(frame, line=line, painted=255 - frame.image)
            watch(done)
            yield done

    review = tmp_path / "r.mp4"
    with review_tape(review, info) as tape:
        encode(painted(tape), tmp_path / "o.mp4", Output(preset="review"), info)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.mp4", "r.mp4"]
    frames = read(review)
    assert len(frames) == 5
    assert frames[0].size == (272, 3 * 640)
    source = next(decode(info, Range(start="2", frames=1), LIMITS)).image[:, 80:].float()
    seen = frames[0].image[:, 80:].float()
    assert (seen[:, :, :640] - source).abs().mean() < 8
    assert seen[:, :, 640:1280].min() > 240
    assert (255 - seen[:, :, 1280:] - source).abs().mean() < 8
    label = (frames[0].image[:, :40, 640:700].float() < 128).sum()
    assert label > 50


def test_a_failed_run_has_no_review(tmp_path: Path, bikes: Path) -> None:
    info = probe(bikes, LIMITS)

    def stop() -> None:
        with review_tape(tmp_path / "r.mp4", info) as tape:
            tape(next(decode(info, Range(), LIMITS)))
            raise AnimecolorError("stop")

    with pytest.raises(AnimecolorError, match="stop"):
        stop()
    assert list(tmp_path.iterdir()) == []


def test_finished_files_side_by_side(
    tmp_path: Path, draw: Callable[..., Path], read: Callable[..., list[Frame]]
) -> None:
    left = draw(tmp_path / "-left 'a'%d:b.mp4", frames=3)
    right = tmp_path / "right.mp4"
    right.write_bytes(left.read_bytes())
    write_review(left, right, tmp_path / "r.mp4")
    assert [frame.size for frame in read(tmp_path / "r.mp4")] == [(64, 192)] * 3


def test_a_disguise_does_not_reach_the_program(tmp_path: Path, bikes: Path) -> None:
    trick = tmp_path / "trick.mp4"
    trick.write_text(f"ffconcat version 1.0\nfile '{bikes}'\n")
    with pytest.raises(AnimecolorError, match="failed"):
        write_review(trick, bikes, tmp_path / "r.mp4")
    assert list(tmp_path.iterdir()) == [trick]


def test_without_a_program_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingPiece, match=r"animecolor\[ffmpeg\]"):
        program.find_ffmpeg()
