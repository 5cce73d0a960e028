"""Colors off the palette, placeholders and trace lines are found, and only those."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from animecolor.flats.palette import Palette, Swatch
from animecolor.qa.detectors.off_palette import OffPalette
from animecolor.qa.detectors.trace_line import TraceLine
from animecolor.qa.sighting import Box, Check
from tests.qa.watching import Beside, Picture, watch

PAPER, SKIN, SHIRT, HAIR = (250, 248, 240), (240, 200, 170), (60, 90, 170), (120, 60, 30)
PALETTE = Palette(tuple(Swatch(rgb) for rgb in (PAPER, SKIN, SHIRT, HAIR)))


def figure(count: int = 6) -> list[Picture]:
    """A figure with smooth black outlines that moves a little."""
    clip = []
    for t in range(count):
        picture = np.full((180, 240, 3), PAPER, np.uint8)
        cv2.rectangle(picture, (80 + t, 90), (160 + t, 170), SHIRT, -1)
        cv2.circle(picture, (120 + t, 60), 36, SKIN, -1, cv2.LINE_AA)
        cv2.ellipse(picture, (120 + t, 40), (36, 20), 0, 180, 360, HAIR, -1, cv2.LINE_AA)
        cv2.circle(picture, (120 + t, 60), 36, (0, 0, 0), 2, cv2.LINE_AA)
        clip.append(picture)
    return clip


def lossy(clip: list[Picture]) -> list[Picture]:
    found = []
    for picture in clip:
        coded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
        decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
        found.append(np.ascontiguousarray(decoded[..., ::-1]))
    return found


def patched(clip: list[Picture], color: tuple[int, int, int]) -> list[Picture]:
    """Frames 2 and 3 with a patch of 20 x 14 pixels on the shirt."""
    for t in (2, 3):
        clip[t][110:124, 100:120] = color
    return clip


@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_on_the_palette_is_left_in_peace(compressed: bool) -> None:
    clip = lossy(figure()) if compressed else figure()
    seen = watch(clip, (OffPalette,), Beside(palette=PALETTE, lossy=compressed))
    assert seen.sightings == ()
    assert seen.numbers["off_palette"].max() == 0


@pytest.mark.parametrize("compressed", [False, True])
def test_an_area_off_the_palette_is_found(compressed: bool) -> None:
    color = (90, 120, 150)
    clip = patched(figure(), color)
    beside = Beside(palette=PALETTE, lossy=compressed, scale=2.0)
    seen = watch(lossy(clip) if compressed else clip, (OffPalette,), beside)
    (found,) = seen.sightings
    assert (found.check, found.first, found.last) == (Check.OFF_PALETTE, 2, 3)
    assert found.value > 10
    assert found.expected == "#3c5aaa"
    assert found.box is not None
    near = Box(220, 200, 248, 240)  # native pixels are half as large
    for edge in ("top", "left", "bottom", "right"):
        assert abs(getattr(found.box, edge) - getattr(near, edge)) <= 8
    red, green, blue = (int(found.found[at : at + 2], 16) for at in (1, 3, 5))
    assert np.abs(np.array((red, green, blue)) - color).max() <= (6 if compressed else 0)
    assert seen.numbers["off_palette"][2] > (0.1 if compressed else 0.4)


def test_gradients_and_textures_have_colors_of_their_own() -> None:
    clip = figure(2)
    ramp = np.linspace(0, 40, 60)[None, :, None] + np.array((150, 160, 90))
    noise = np.random.default_rng(0).integers(60, 200, (60, 60, 3))
    for picture in clip:
        picture[:60, :60] = np.rint(ramp).astype(np.uint8)
        picture[100:160, :60] = noise
    assert watch(clip, (OffPalette,), Beside(palette=PALETTE)).sightings == ()


@pytest.mark.parametrize("compressed", [False, True])
def test_placeholders_are_found_with_and_without_a_palette(compressed: bool) -> None:
    clip = patched(figure(), (255, 0, 255))
    clip = lossy(clip) if compressed else clip
    for palette in (None, PALETTE):
        seen = watch(clip, (OffPalette,), Beside(palette=palette, lossy=compressed))
        told = [s for s in seen.sightings if s.check is Check.TEMPORARY_COLOR]
        assert [(s.first, s.last) for s in told] == [(2, 3)]
        assert 130 <= told[0].value <= 400
        assert np.isnan(seen.numbers.get("off_palette", np.full(1, np.nan))).all() == (
            palette is None
        )


def test_a_swatch_may_say_that_it_is_a_placeholder() -> None:
    clip = patched(figure(), (0, 200, 90))
    named = Palette((*PALETTE.swatches, Swatch((0, 200, 90), "仮 sleeve")))
    (found,) = watch(clip, (OffPalette,), Beside(palette=named)).sightings
    assert found.check is Check.TEMPORARY_COLOR
    allowed = Palette((*PALETTE.swatches, Swatch((255, 0, 255), "neon")))
    clip = patched(figure(), (255, 0, 255))
    assert watch(clip, (OffPalette,), Beside(palette=allowed)).sightings == ()


def drawing(color: tuple[int, int, int]) -> list[Picture]:
    """What ``figure`` was painted from, with a trace line across the shirt."""
    clip = []
    for t in range(6):
        picture = np.full((180, 240, 3), 255, np.uint8)
        cv2.rectangle(picture, (80 + t, 90), (160 + t, 170), (0, 0, 0), 2)
        cv2.circle(picture, (120 + t, 60), 36, (0, 0, 0), 2, cv2.LINE_AA)
        cv2.line(picture, (90 + t, 150), (150 + t, 140), color, 2)
        clip.append(picture)
    return clip


@pytest.mark.parametrize("color", [(255, 0, 0), (0, 0, 255), (0, 200, 60)])
def test_a_trace_line_that_was_left_is_found(color: tuple[int, int, int]) -> None:
    clip, source = figure(), drawing(color)
    assert watch(clip, (TraceLine.watch,), Beside(source, "line")).sightings == ()
    for t in (1, 2):
        cv2.line(clip[t], (90 + t, 150), (150 + t, 140), color, 2)
    (found,) = watch(clip, (TraceLine.watch,), Beside(source, "line")).sightings
    assert (found.check, found.first, found.last) == (Check.TRACE_LINE, 1, 2)
    assert found.box is not None
    assert abs(found.box.left - 90) <= 4
    assert abs(found.box.bottom - 152) <= 4
    assert found.value >= 60
    assert watch(clip, (TraceLine.watch,), Beside(source, "gray")).sightings == ()


def halved(clip: list[Picture]) -> list[Picture]:
    """Every second chroma sample each way, as 4:2:0 has."""
    found = []
    for picture in clip:
        y, *chroma = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb))
        size = y.shape[1::-1]
        small = [cv2.resize(c, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for c in chroma]
        planes = cv2.merge([y, *(cv2.resize(c, size) for c in small)])
        found.append(np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8))
    return found


@pytest.mark.parametrize("color", [(255, 0, 0), (0, 0, 255), (0, 255, 0)])
def test_a_trace_line_of_half_the_chroma_samples_is_found(color: tuple[int, int, int]) -> None:
    ink = drawing((0, 0, 0))
    beside = Beside(lossy(ink), "line", lossy=True)
    clip = figure()
    for picture, drawn in zip(clip, ink, strict=True):
        picture[drawn.max(2) == 0] = 0
    assert watch(halved(clip), (TraceLine.watch,), beside).sightings == ()
    cv2.line(clip[3], (93, 150), (153, 140), color, 2)
    (found,) = watch(halved(clip), (TraceLine.watch,), beside).sightings
    assert (found.check, found.first, found.last) == (Check.TRACE_LINE, 3, 3)
    assert found.box is not None
    assert 90 <= found.box.left <= found.box.right <= 158


def test_a_narrow_strip_off_the_palette_is_found_where_nothing_was_compressed() -> None:
    clip = figure()
    clip[2][120:124, 100:130] = (90, 120, 150)
    (found,) = watch(clip, (OffPalette,), Beside(palette=PALETTE)).sightings
    assert (found.check, found.first, found.last) == (Check.OFF_PALETTE, 2, 2)


def test_a_trace_line_is_found_without_a_drawing_if_it_is_pure() -> None:
    clip = figure()
    cv2.line(clip[3], (90, 150), (150, 140), (255, 0, 0), 2)
    (found,) = watch(clip, (TraceLine.watch,)).sightings
    assert found.found == "#ff0000"
    clip = figure()
    cv2.rectangle(clip[3], (90, 100), (150, 160), (255, 0, 0), -1)
    assert watch(clip, (TraceLine.watch,)).sightings == ()


def test_paint_of_a_trace_lines_color_is_none() -> None:
    clip = figure()
    for picture in clip:
        picture[130:160, 84:164] = (255, 0, 0)
    assert watch(clip, (TraceLine.watch,), Beside(drawing((255, 0, 0)), "line")).sightings == ()
