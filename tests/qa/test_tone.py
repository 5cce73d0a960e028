"""Grey, fading, unkept, flashing, unlike and mismatched clips."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from animecolor.config import Limits
from animecolor.metrics import perceptual
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.against import Against
from animecolor.qa.detectors.fading import Fading
from animecolor.qa.detectors.flashes import Photosensitive
from animecolor.qa.detectors.gray import Gray
from animecolor.qa.detectors.kept_luma import KeptLuma
from animecolor.qa.detectors.mismatch import Mismatch
from animecolor.qa.request import Request
from animecolor.qa.sighting import Check
from animecolor.video.photosensitivity import Flashes
from animecolor.video.probe import probe
from tests.filmed import film, frames
from tests.qa.watching import Beside, Picture, watch


@pytest.fixture(scope="module")
def bikes() -> list[Picture]:
    return frames("bikes.mp4", 16)


def drained(picture: Picture, rest: float) -> Picture:
    luma = (picture @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
    return np.clip(np.rint(luma + rest * (picture - luma)), 0, 255).astype(np.uint8)


def cel(count: int = 12) -> list[Picture]:
    large = np.full((120, 300, 3), (200, 190, 120), np.uint8)
    for number in range(24):
        color = (40 + 9 * number, 220 - 8 * number, 60 + (77 * number) % 150)
        cv2.circle(large, ((53 * number) % 300, (31 * number) % 120), 18, color, -1)
    return [np.ascontiguousarray(large[:, 2 * t : 200 + 2 * t]) for t in range(count)]


def test_a_grey_clip_is_grey_from_end_to_end(bikes: list[Picture]) -> None:
    for clip in ([drained(p, 0) for p in bikes], [np.full((90, 160, 3), 128, np.uint8)] * 8):
        (found,) = watch(clip, (Gray,)).sightings
        assert (found.check, found.first, found.last) == (Check.GRAY, 0, len(clip) - 1)
        assert found.value == 100


def test_grey_frames_in_a_colored_shot_are_found() -> None:
    clip = cel()
    clip[5] = drained(clip[5], 0)
    (found,) = watch(clip, (Gray,)).sightings
    assert (found.first, found.last) == (5, 5)
    assert found.value == pytest.approx(100 / 12)
    assert watch(cel(), (Gray,)).sightings == ()


def test_black_white_and_titles_are_not_grey() -> None:
    black, white = np.zeros((90, 160, 3), np.uint8), np.full((90, 160, 3), 255, np.uint8)
    title = black.copy()
    cv2.putText(title, "THE END", (20, 50), cv2.FONT_HERSHEY_PLAIN, 1.5, (255, 255, 255))
    assert watch([black, title, title, white], (Gray,)).sightings == ()


def test_what_is_grey_in_the_true_picture_may_be_grey() -> None:
    clip = [drained(p, 0) for p in cel()]
    assert watch(clip, (Gray,), Beside(reference=clip)).sightings == ()
    assert watch(clip, (Gray,), Beside(clip, "color")).sightings == ()
    assert len(watch(clip, (Gray,), Beside(reference=cel())).sightings) == 1


def test_colors_that_drain_are_found(bikes: list[Picture]) -> None:
    for clip, near in ((cel(16), 10), (bikes, 25)):
        shares = np.linspace(1, 0.4, len(clip))
        fading = [drained(p, s) for p, s in zip(clip, shares, strict=True)]
        (found,) = watch(fading, (Fading,)).sightings
        assert found.check is Check.FADING
        assert found.value == pytest.approx(60, abs=near)


@pytest.mark.parametrize("to", [0, 255])
def test_a_fade_takes_no_color(to: int) -> None:
    clip = cel(16)
    shares = np.linspace(0, 1, len(clip))
    faded = [
        np.rint(p * (1 - s) + to * s).astype(np.uint8) for p, s in zip(clip, shares, strict=True)
    ]
    for each in (clip, faded, faded[::-1]):
        assert [s.value for s in watch(each, (Fading,)).sightings if s.value > 5] == []


def test_luma_that_was_not_kept_is_found() -> None:
    clip = cel()
    source = [drained(picture, 0) for picture in clip]
    clip[3] = np.asarray(cv2.add(clip[3], (12, 12, 12, 0)), np.uint8)
    seen = watch(clip, (KeptLuma.watch,), Beside(source, "gray"))
    (found,) = seen.sightings
    assert (found.check, found.first, found.last) == (Check.LUMA, 3, 3)
    assert found.value == pytest.approx(12 / 255 * 100, rel=0.05)
    assert np.delete(seen.numbers["luma_departure"], 3).max() < 0.3
    assert watch(clip, (KeptLuma.watch,), Beside(source, "line")).numbers == {}


def test_only_what_swings_to_and_fro_is_a_flash() -> None:
    dark, light = np.full((90, 160, 3), 30, np.uint8), np.full((90, 160, 3), 220, np.uint8)
    strobe = [dark if t // 2 % 2 else light for t in range(48)]
    seen = watch(strobe, (Photosensitive,))
    assert {s.check for s in seen.sightings} == {Check.PHOTOSENSITIVE}
    assert seen.sightings[0].value > 1
    assert seen.numbers["flash"].max() > 1
    for calm in ([dark] * 20 + [light] * 20, [dark] * 20 + [light] * 2 + [dark] * 20, cel(40)):
        assert watch(calm, (Photosensitive,)).sightings == ()


def test_flashes_are_rated_as_ffmpeg_does() -> None:
    dark, light = np.zeros((54, 96, 3), np.uint8), np.full((54, 96, 3), 255, np.uint8)
    flashes = Flashes((54, 96), Fraction(24))
    told = [flashes.push(picture) for picture in [dark] * 5 + [light] * 40]
    assert told[:5] == [0] * 5
    assert told[5] == pytest.approx(255 * 3 / (4 * 256 * 30 / 128), abs=1e-3)  # its own formula
    assert told[6] < told[5]
    assert told[-1] == 0


def test_a_result_is_told_from_the_true_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, clip = cel(6), cel(6)
    clip[3] = drained(clip[3], 0.2)
    given = replace(Beside(reference=truth))
    monkeypatch.setattr("animecolor.qa.detectors.against.Against.watch", Against)
    monkeypatch.setattr(perceptual, "find_lpips", lambda path: "there are no weights")
    monkeypatch.setattr(
        "animecolor.qa.detectors.against.find_lpips", lambda path: "there are no weights"
    )
    seen = watch(clip, (Against,), given)
    (found,) = seen.sightings
    assert (found.check, found.first, found.last) == (Check.UNLIKE_REFERENCE, 3, 3)
    assert seen.numbers["psnr"][0] == 100
    assert seen.numbers["psnr"][3] < 30
    assert seen.numbers["ssim"][3] < seen.numbers["ssim"][2] == pytest.approx(1)
    assert seen.numbers["delta_e"][3] == pytest.approx(found.value)
    assert np.nanmax(np.delete(seen.numbers["tof"], (3, 4))) == 0
    assert seen.missing == ["there are no weights"]
    assert "lpips" not in seen.numbers


def test_lengths_and_rates_that_differ_are_told() -> None:
    clip = probe(film("bikes.mp4"), Limits())
    other = replace(clip, rate=clip.rate * 2)
    for source, length, told in (
        (clip, 50, []),
        (clip, 53, ["53 frames"]),
        (replace(clip, rate=clip.rate * Fraction(1001, 1000)), 50, []),
        (other, 50, [f"{float(other.rate):g} frames a second"]),
    ):
        notes = Notes()
        setting = Setting(Request(source=source), clip.rate, 272, 640, True, "gray")
        Mismatch(setting, notes).finish(Lengths(50, length))
        assert [s.expected for s in notes.sightings()] == told
        assert all(s.check is Check.MISMATCH and s.first == 49 for s in notes.sightings())
    assert float(notes.sightings()[0].value) == 1
