"""Flicker, boil and grain are found at their frames; fades, pans and holds are left in peace."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from animecolor.qa.detectors.boil import Grain
from animecolor.qa.detectors.flicker import Flicker
from animecolor.qa.detectors.traces import Traces
from animecolor.qa.sighting import Check
from tests.filmed import frames
from tests.qa.watching import Beside, Picture, watch

WATCHES = (Traces, Flicker, Grain)


def cel(count: int = 16, step: int = 0) -> list[Picture]:
    """Flat colors with dark outlines, still or travelling left."""
    rng = np.random.default_rng(1)
    large = np.full((144, 256 + step * count, 3), (200, 190, 160), np.uint8)
    for _ in range(30):
        x, y = int(rng.integers(large.shape[1])), int(rng.integers(144))
        color = tuple(int(c) for c in rng.integers(70, 240, 3))
        cv2.circle(large, (x, y), int(rng.integers(12, 34)), color, -1)
        cv2.circle(large, (x, y), int(rng.integers(12, 34)), (20, 16, 18), 2)
    first = large[:, :256].copy()
    if step == 0:
        return [first] * count
    return [np.ascontiguousarray(large[:, step * t : step * t + 256]) for t in range(count)]


def scaled(picture: Picture, *factors: float) -> Picture:
    return np.clip(np.rint(picture * np.array(factors)), 0, 255).astype(np.uint8)


def gray(clip: list[Picture]) -> list[Picture]:
    table: dict[int, Picture] = {}
    for picture in clip:
        plane = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        table.setdefault(id(picture), np.repeat(plane[..., None], 3, axis=2))
    return [table[id(picture)] for picture in clip]


@pytest.mark.parametrize("step", [0, 3])
@pytest.mark.parametrize("percent", [1.0, -1.0])
def test_one_percent_in_one_frame_is_found(step: int, percent: float) -> None:
    clip = cel(step=step)
    clip[8] = scaled(clip[8], 1 + percent / 100)
    seen = watch(clip, WATCHES)
    found = [s for s in seen.sightings if s.check is Check.FLICKER]
    assert [(s.first, s.last) for s in found] == [(8, 8)]
    assert found[0].value == pytest.approx(1, abs=0.35)
    assert seen.numbers["pulse"][8] == pytest.approx(found[0].value)
    assert np.delete(seen.numbers["pulse"], 8).max() < 0.2


def test_a_tint_and_an_alternation_are_found() -> None:
    clip = cel()
    clip[5] = scaled(clip[5], 1.02, 1, 0.98)
    for t in range(8, 13):
        clip[t] = scaled(clip[t], 1.01 if t % 2 else 0.99)
    found = [s for s in watch(clip, WATCHES).sightings if s.check is Check.FLICKER]
    assert [(s.first, s.last) for s in found] == [(5, 5), (8, 12)]


def fade(clip: list[Picture], to: int = 0) -> list[Picture]:
    shares = np.linspace(0, 1, len(clip))
    return [
        np.rint(p * (1 - s) + to * s).astype(np.uint8) for p, s in zip(clip, shares, strict=True)
    ]


@pytest.mark.parametrize("sourced", [False, True])
@pytest.mark.parametrize("name", ["hold", "pan", "out", "in", "white", "dissolve", "lights"])
def test_what_is_meant_is_left_in_peace(name: str, sourced: bool) -> None:
    still, travelling = cel(), cel(step=3)
    clips = {
        "hold": still,
        "pan": travelling,
        "out": fade(travelling),
        "in": fade(still)[::-1],
        "white": fade(travelling, 255),
        "dissolve": [
            cv2.addWeighted(a, 1 - t / 15, b[::-1].copy(), t / 15, 0)
            for t, (a, b) in enumerate(zip(still, travelling, strict=True))
        ],
        "lights": [scaled(p, 0.5) for p in still[:8]] + still[8:],
    }
    clip = clips[name]
    beside = Beside(gray(clip), "gray") if sourced else Beside()
    assert watch(clip, WATCHES, beside).sightings == ()


@pytest.mark.parametrize("factors", [(1.01, 1.01, 1.01), (0.99, 0.99, 0.99)])
def test_one_percent_is_found_in_a_fade_beside_its_source(factors: tuple[float, ...]) -> None:
    clip = fade(cel(24, step=3))
    source = gray(clip)
    clip[6] = scaled(clip[6], *factors)
    found = watch(clip, (Flicker,), Beside(source, "gray")).sightings
    assert [(s.check, s.first, s.last) for s in found] == [(Check.FLICKER, 6, 6)]
    assert 0.45 < found[0].value < 1.2  # rounding to 8 bits leaves that much of it


def test_one_percent_is_found_where_the_motion_of_a_film_is_missed() -> None:
    clip = frames("bikes.mp4", 12)
    source = gray(clip)
    assert watch(clip, (Flicker,), Beside(source, "gray")).sightings == ()
    clip[7] = scaled(clip[7], 1.01)
    found = watch(clip, (Flicker,), Beside(source, "gray")).sightings
    assert [(s.check, s.first, s.last) for s in found] == [(Check.FLICKER, 7, 7)]


def test_a_flash_that_veils_the_picture_is_no_flicker_without_a_source() -> None:
    clip = cel(step=2)
    clip[8] = np.rint(clip[8] * 0.6 + 255 * 0.4).astype(np.uint8)
    assert watch(clip, (Flicker,)).sightings == ()


def test_a_flash_that_the_source_has_too_is_forgiven() -> None:
    clip = cel(step=2)
    clip[8] = scaled(clip[8], 1.2)
    assert watch(clip, (Flicker,), Beside(gray(clip), "gray")).sightings == ()
    assert [s.first for s in watch(clip, (Flicker,)).sightings] == [8]


def background(clip: list[Picture], levels: int) -> list[Picture]:
    """The left half pulses, the right one does not."""
    found = []
    for t, picture in enumerate(clip):
        changed = picture.astype(np.int16)
        changed[:, :128] += levels * (1 if t % 2 else -1)
        found.append(np.clip(changed, 0, 255).astype(np.uint8))
    return found


def test_a_background_that_pulses_boils_and_says_where() -> None:
    clip = cel()
    restless = clip[:5] + background(clip[5:11], 3) + clip[11:]
    found = watch(restless, (Flicker,), Beside(gray(clip), "gray")).sightings
    assert {s.check for s in found} == {Check.BOIL}
    assert (found[0].first, found[0].last) == (5, 10)
    assert found[0].box is not None
    assert found[0].box.left == 0
    assert 110 <= found[0].box.right <= 170
    assert found[0].value > 1


def noisy(clip: list[Picture], sigma: float) -> list[Picture]:
    rng = np.random.default_rng(0)
    noise: list[NDArray[np.float64]] = [rng.normal(0, sigma, p.shape) for p in clip]
    return [
        np.clip(np.rint(p + n), 0, 255).astype(np.uint8) for p, n in zip(clip, noise, strict=True)
    ]


def test_grain_that_the_source_does_not_have_is_found() -> None:
    clip = cel()
    grainy = clip[:5] + noisy(clip[5:11], 4) + clip[11:]
    for beside in (Beside(gray(clip), "gray"), Beside()):
        found = [s for s in watch(grainy, (Grain,), beside).sightings if s.check is Check.BOIL]
        assert len(found) == 1
        assert abs(found[0].first - 5) <= 1
        assert abs(found[0].last - 10) <= 1
        assert found[0].value > 1.5


def test_grain_that_the_film_has_is_left_in_peace() -> None:
    grainy = noisy(cel(step=1), 5)
    assert watch(grainy, WATCHES, Beside(gray(grainy), "gray")).sightings == ()
    assert watch(grainy, WATCHES).sightings == ()


def test_static_flicker_is_the_step_where_the_source_stands_still() -> None:
    clip = cel()
    clip[8] = np.asarray(cv2.add(clip[8], (5, 5, 5, 0)), np.uint8)
    numbers = watch(clip, (Traces,), Beside(gray(cel()), "gray")).numbers
    told = numbers["static_flicker"]
    assert np.isnan(told[[0, 15]]).all()
    assert told[8] == pytest.approx(1.9, abs=0.3)  # L* moves by about 0.39 a level
    assert told[7] == pytest.approx(told[8] / 2, rel=0.05)
    assert told[3] == 0
    assert numbers["warp_excess"][8] == pytest.approx(25 / 255**2 * 1e4, rel=0.1)
    assert numbers["warp_excess"][5] == 0
