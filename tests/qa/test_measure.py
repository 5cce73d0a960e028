"""The engine: frames side by side, shot by shot, and what watchers are shown and leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from animecolor.config import Limits, Range
from animecolor.errors import UsageError
from animecolor.flats.difference import delta_e, to_lab
from animecolor.qa.columns import COLUMNS
from animecolor.qa.detect import MOST_SIGHTINGS, Lengths, Notes, Setting
from animecolor.qa.detectors.areas import Areas
from animecolor.qa.measure import Request, measure
from animecolor.qa.measurement import MOST_PICTURED
from animecolor.qa.sighting import Box, Check, Sighting
from animecolor.qa.triplets import WIDEST
from animecolor.qa.view import Step, View
from animecolor.qa.views import source_kind
from animecolor.video.info import VideoInfo
from animecolor.video.probe import probe
from tests.qa.reels import Picture, write


def scene(seed: int, size: tuple[int, int] = (96, 160)) -> Picture:
    """Flat patches of random colors."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (size[0] // 16, size[1] // 16, 3), np.uint8)
    return np.kron(coarse, np.ones((16, 16, 1), np.uint8))


def filed(path: Path, pictures: list[Picture]) -> VideoInfo:
    """Written without loss, at 24 frames a second."""
    write(path, pictures, 24)
    return probe(path, Limits())


@dataclass
class Diary:
    """A watcher that writes down what it is told."""

    setting: Setting
    notes: Notes
    said: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def begin(self, view: View) -> None:
        self.said.append("begin")
        self.views.append(view)

    def push(self, step: Step) -> None:
        self.said.append("push")
        self.steps.append(step)
        self.notes.number(step.now.index, "luma", step.now.index)

    def end(self) -> None:
        self.said.append("end")
        self.notes.of_shot(self.views[-1].shot, "cdc", 1.0)

    def finish(self, lengths: Lengths) -> None:
        self.said.append(f"finish {lengths.clip} {lengths.source}")


def kept(setting: Setting, notes: Notes) -> Diary:
    """Make a diary that the test can read afterwards."""
    kept.diary = Diary(setting, notes)  # type: ignore[attr-defined]
    return kept.diary  # type: ignore[attr-defined, no-any-return]


def test_watchers_are_led_through_shots(tmp_path: Path) -> None:
    """Every shot begins and ends; numbers and time stamps come back in order."""
    clip = filed(tmp_path / "a.mkv", [scene(1)] * 8 + [scene(2)] * 8)
    seen: list[int] = []
    found = measure(clip, Request(), seen.append, [kept])
    diary: Diary = kept.diary  # type: ignore[attr-defined]
    shot = ["begin", *["push"] * 7, "end"]
    assert diary.said == [*shot, *shot, "finish 16 None"]
    assert seen == list(range(1, 17))
    assert found.frames.shot.tolist() == [0] * 8 + [1] * 8
    assert np.isnan(found.frames.values["luma"][[0, 8]]).all()
    assert found.frames.values["luma"][9] == 9
    assert found.shots["cdc"] == (1.0, 1.0)
    assert set(found.frames.values) >= {column.key for column in COLUMNS}
    assert all(step.still and step.back is None for step in diary.steps)
    assert not found.about.lossy
    assert found.about.frames == 16


def test_motion_leads_back(tmp_path: Path) -> None:
    """The flow of a pan is the pan, in pixels of the view, though it is measured smaller."""
    rng = np.random.default_rng(0)
    wide = np.kron(rng.integers(0, 256, (45, 100, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
    clip = filed(tmp_path / "a.mkv", [wide[:, 4 * t : 4 * t + 640].copy() for t in range(5)])
    measure(clip, Request(), watches=[kept])
    diary: Diary = kept.diary  # type: ignore[attr-defined]
    step = diary.steps[2]
    assert step.back is not None
    assert step.forth is not None
    assert step.seen is not None
    middle = np.s_[60:-60, 60:-60]
    assert np.median(step.back[middle][..., 0]) == pytest.approx(4, abs=0.3)
    assert np.median(step.forth[middle][..., 0]) == pytest.approx(-4, abs=0.3)
    assert step.seen[middle].mean() > 0.95
    # What enters at the right was not in view before.
    assert step.seen.view(np.uint8).max() == 1
    assert step.seen[:, -3:].mean() < 0.2


def test_the_common_part_is_measured(tmp_path: Path) -> None:
    """Clips of other lengths are told of, not refused; the range counts from the clip's start."""
    clip = filed(tmp_path / "a.mkv", [scene(1)] * 9)
    source = filed(tmp_path / "s.mkv", [scene(1)] * 6)
    found = measure(clip, Request(source=source), watches=[kept])
    assert len(found.frames.pts) == 6
    assert kept.diary.said[-1] == "finish 9 6"  # type: ignore[attr-defined]
    found = measure(clip, Request(range=Range(start="4f")), watches=[])
    assert (found.about.first_frame, found.about.frames) == (4, 5)


def test_another_shape_is_refused(tmp_path: Path) -> None:
    """A source of another aspect cannot be laid on the clip; another size can."""
    clip = filed(tmp_path / "a.mkv", [scene(1)] * 3)
    square = filed(tmp_path / "s.mkv", [scene(1, (96, 96))] * 3)
    with pytest.raises(UsageError, match="source is 96x96 and the clip 160x96"):
        measure(clip, Request(source=square), watches=[])
    large = filed(tmp_path / "l.mkv", [scene(1, (192, 320))] * 3)
    assert len(measure(clip, Request(source=large), watches=[]).frames.pts) == 3


def test_large_clips_are_shrunk(tmp_path: Path) -> None:
    """Analysis has the rows asked for, and views know their scale."""
    clip = filed(tmp_path / "a.mkv", [scene(1)] * 3)
    about = measure(clip, Request(size=48), watches=[kept]).about
    view = kept.diary.views[0]  # type: ignore[attr-defined]
    assert view.rgb.shape == (48, 80, 3)
    assert view.scale == 2
    assert about.view_height == 48


def test_what_a_source_is() -> None:
    """Lines, grey film and color are told apart."""
    paper = np.full((90, 160, 3), 255, np.uint8)
    lines = paper.copy()
    lines[20:70, 40:42] = lines[20:70, 100:102] = lines[20:22, 40:102] = 0
    color = scene(3)
    gray = np.repeat(color[..., :1], 3, axis=2)
    assert source_kind([lines]) == "line"
    assert source_kind([gray // 2 + 40]) == "gray"
    assert source_kind([color]) == "color"
    assert source_kind([]) is None


def test_sightings_are_bounded(tmp_path: Path) -> None:
    """The worst are kept, and few have pictures, none wider than a page needs."""

    class Shouting(Diary):
        def push(self, step: Step) -> None:
            for value in range(50):
                box = Box(0, 0, 4, 4)
                index = step.now.index
                self.notes.sight(
                    Sighting(Check.STRAY, 0, index, index, 100.0 * index + value, 4, box)
                )

    clip = filed(tmp_path / "a.mkv", [scene(1, (96, 640))] * 9)
    found = measure(clip, Request(), watches=[Shouting])
    assert len(found.sightings) == MOST_SIGHTINGS
    assert min(s.value for s in found.sightings) == 700
    assert 0 < len(found.pictures) <= MOST_PICTURED
    for triplet in found.pictures.values():
        now = triplet.pictures[1]
        assert now is not None
        assert now.shape[1] == WIDEST
        assert triplet.box is not None


def test_an_area_that_changes_is_the_worst_region(tmp_path: Path) -> None:
    """One patch of sixty takes another color: the mean hardly moves, the worst is its ΔE."""
    pictures = [scene(1)] * 3
    pictures[1] = pictures[1].copy()
    pictures[1][16:32, 16:32] = (200, 40, 40)
    clip = filed(tmp_path / "a.mkv", pictures)
    values = measure(clip, Request(), watches=[Areas]).frames.values
    exact = delta_e(to_lab(pictures[0][20:21, 20]), to_lab(pictures[1][20:21, 20]))[0]
    assert values["region_worst"][1] == pytest.approx(exact, abs=0.5)
    assert values["region_jitter"][1] == pytest.approx(exact / 60, rel=0.05)
    assert np.isnan(values["region_worst"][0])
