"""Cuts: found where they are, in paint and in ink, and nowhere else; and told by a list."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from scenedetect import AdaptiveDetector, FrameTimecode

from animecolor.config import Shots
from animecolor.frame import Frame
from animecolor.stages.cuts import CutFinder, _Look, _median, _proposed
from animecolor.stages.shots import Clock, mark_shots
from animecolor.stages.sizing import small_view
from tests.stages.drawings import Picture, clip, figure, film, frame

CLOCK = Clock(Fraction(24))
WHITE = np.full((180, 320, 3), 250, np.uint8)


def shot(seed: int, count: int, hold: int = 1, *, paint: bool = False) -> list[Picture]:
    """A figure that swings its limbs once in ``count`` frames, each drawing held."""
    size = (180, 320)
    return [
        figure(seed, i // hold * hold / max(count, 12), size, paint=paint) for i in range(count)
    ]


def cuts(pictures: Iterable[Picture]) -> list[int]:
    frames = list(mark_shots(clip(pictures), Shots()))
    opened = [f.index for f in frames if f.opens_shot]
    assert [f.index for f in frames] == list(range(len(frames)))
    assert [f.shot for f in frames] == [sum(o <= f.index for o in opened) - 1 for f in frames]
    return opened


def test_proposes_what_pyscenedetect_proposes() -> None:
    theirs = AdaptiveDetector(min_scene_len=1, window_width=2)
    ours = CutFinder()
    pictures = [*film(30), *shot(3, 12, 2, paint=True), *shot(4, 9), *film(12), WHITE, WHITE]
    found = []
    for number, picture in enumerate(pictures):
        view = small_view(frame(picture), (180, 320))
        bgr = np.ascontiguousarray(view[..., ::-1])
        said = bool(theirs.process_frame(FrameTimecode(number, fps=24.0), bgr))
        ours._scores.append(ours._score(view))
        assert ours._scores[-1] == theirs._frame_score
        assert _proposed(ours._scores) == said
        found.append(said)
    assert sum(found) >= 3


@pytest.mark.parametrize("size", [(54, 96), (9, 7), (1, 1)])
def test_medians_are_those_of_numpy(size: tuple[int, int]) -> None:
    for top in (2, 6, 256):
        picture = np.random.default_rng(top).integers(0, top, (*size, 3), np.uint8)
        for plane in range(3):
            assert _median(picture, plane) == np.median(picture[..., plane])


def is_paper(tones: Picture) -> bool:
    """The rule as it is said: most of the picture is near a light and uncolored middle."""
    middle = np.median(tones.reshape(-1, 3), axis=0)
    near = (np.abs(tones - middle) < 40).all(axis=2).mean()
    return bool(middle.min() > 150 and np.ptp(middle) < 50 and near > 0.6)


def test_paper_is_told_from_paint() -> None:
    rng = np.random.default_rng(1)
    said = []
    for number in range(400):
        spread = rng.integers(1, 120)
        middle = rng.integers(100, 240, (1, 1, 3)) if number % 2 else rng.integers(140, 240)
        tones = rng.normal(middle, spread, (54, 96, 3)).clip(0, 255).astype(np.uint8)
        if number % 3 == 0:  # levels exactly 39 and 40 from the middle
            tones[:30] = tones[0, 0]
            tones[30:42] = np.clip(tones[0, 0].astype(int) - 39, 0, 255)
            tones[42:] = np.clip(tones[0, 0].astype(int) + 40, 0, 255)
        said.append(_Look(tones).paper)
        assert said[-1] == is_paper(tones)
    assert 40 < sum(said) < 360


paint_and_ink = pytest.mark.parametrize("paint", [True, False], ids=["paint", "ink"])


@paint_and_ink
@pytest.mark.parametrize("hold", [1, 2, 3])
def test_finds_cuts_and_only_cuts(paint: bool, hold: int) -> None:
    for seed in (0, 9):
        parts = [shot(seed + i, n, hold, paint=paint) for i, n in enumerate((12, 9, 14))]
        assert cuts(chain.from_iterable(parts)) == [0, 12, 21]


@paint_and_ink
@pytest.mark.parametrize("length", [1, 2])
def test_flash_is_no_cut(paint: bool, length: int) -> None:
    first, second = shot(1, 20, paint=paint), shot(2, 8, paint=paint)
    flash = [WHITE] * length
    assert cuts(first[:10] + flash + first[10:] + second) == [0, 20 + length]


@paint_and_ink
def test_cuts_around_a_dissolve(paint: bool) -> None:
    one, two, three = (shot(seed, 14, paint=paint) for seed in (1, 2, 3))
    mixed = [
        np.asarray(cv2.addWeighted(one[-1], 1 - t, two[0], t, 0), np.uint8)
        for t in np.linspace(0.08, 0.92, 12)
    ]
    assert cuts(one + mixed + two + three) == [0, 40]


@paint_and_ink
def test_cuts_at_the_very_ends_and_a_shot_of_one_frame(paint: bool) -> None:
    one, two, three = (shot(seed, 10, paint=paint) for seed in (1, 2, 3))
    assert cuts(one[:1] + two + three[:1]) == [0, 1, 11]
    assert cuts(one + two[:1] + three) == [0, 10, 11]


def test_short_clips() -> None:
    assert cuts([]) == []
    assert cuts(shot(1, 1)) == [0]
    assert cuts(shot(1, 2)) == [0]
    assert cuts(shot(1, 1) + shot(2, 1)) == [0, 1]


@paint_and_ink
def test_a_pan_is_no_cut(paint: bool) -> None:
    wide = figure(5, 0.3, (180, 640), paint=paint)
    assert cuts([wide[:, x : x + 320] for x in range(0, 300, 10)]) == [0]


def test_film_without_a_cut() -> None:
    assert cuts(film(0, 12, 1)) == [0]


def test_sixteen_bits_and_alpha() -> None:
    pictures = [p.astype(np.uint16) * 257 for p in shot(1, 8) + shot(2, 8)]
    opaque = torch.full((1, 180, 320), 65535, dtype=torch.uint16)
    frames = [frame(p, i, alpha=opaque) for i, p in enumerate(pictures)]
    assert [f.index for f in mark_shots(frames, Shots()) if f.opens_shot] == [0, 8]


def test_holds_three_frames_at_most() -> None:
    read = 0

    def source() -> Iterable[Frame]:
        nonlocal read
        for f in clip(shot(1, 20)):
            read += 1
            yield f

    frames = mark_shots(source(), Shots())
    for given in range(1, 15):
        next(frames)
        assert read <= given + 2
    frames.close()  # type: ignore[attr-defined]


def test_without_detection_the_clip_is_one_shot() -> None:
    frames = list(mark_shots(clip(shot(1, 4) + shot(2, 4)), Shots(detect=False)))
    assert [f.opens_shot for f in frames] == [True] + [False] * 7
    assert {f.shot for f in frames} == {0}


def test_list_wins_over_detection(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "shots.csv"
    path.write_text("start_frame\n0\n3\n5\n90\n")
    with caplog.at_level(logging.WARNING, logger="animecolor"):
        frames = list(mark_shots(clip(shot(1, 4) + shot(2, 4)), Shots(list=path), CLOCK))
    assert [f.index for f in frames if f.opens_shot] == [0, 3, 5]
    assert [f.shot for f in frames] == [0, 0, 0, 1, 1, 2, 2, 2]
    assert "1 shots begin after the last frame, 7" in caplog.text


def test_list_in_timecode_takes_the_rate_of_the_clip(tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    path.write_text("shot,start_timecode\na,00:00:00:00\nb,00:00:00:06\nc,00:00:00.500\n")
    frames = mark_shots(clip(shot(1, 14)), Shots(list=path), CLOCK)
    assert [f.index for f in frames if f.opens_shot] == [0, 6, 12]


def opened(frames: Iterable[Frame], path: Path, clock: Clock) -> list[int]:
    """Where a list opens shots in frames that begin at ``index`` 0."""
    return [f.index for f in mark_shots(frames, Shots(list=path), clock) if f.opens_shot]


def test_list_counts_frames_of_the_clip_wherever_decoding_began(tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    path.write_text("start_frame\n0\n98\n103\n107\n")
    late = [replace(f, pts=50 + 100 + f.index) for f in clip(shot(1, 8))]
    assert opened(late, path, Clock(Fraction(24), start_pts=50)) == [0, 3, 7]


@pytest.mark.parametrize(
    ("rate", "starts"), [(Fraction(60), [0, 30, 59]), (Fraction(24000, 1001), [0, 12, 23])]
)
def test_list_in_timecode_over_ticks_of_a_millisecond(
    rate: Fraction, starts: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "shots.csv"
    last = f"{round(rate) - 1:02}"
    path.write_text(f"timecode\n00:00:10:00\n00:00:10.500\n00:00:10:{last}\n")
    ticks, first = Fraction(1, 1000), 10 * round(rate)
    frames = [
        replace(f, pts=7 + round((first + f.index) / rate * 1000), time_base=ticks)
        for f in clip([WHITE] * 64)
    ]
    assert opened(frames, path, Clock(rate, start_pts=7)) == starts


def test_list_counts_frames_where_the_rate_varies(tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    path.write_text("start_frame\n0\n2\n5\n")
    frames = [replace(f, pts=f.index**2) for f in clip(shot(1, 8))]
    assert opened(frames, path, CLOCK) == [0, 2, 5]
