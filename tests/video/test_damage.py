"""Broken clips: what can be read comes first, then one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest

from animecolor.config import Limits, Output, Range
from animecolor.errors import AnimecolorError
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.probe import probe

LIMITS = Limits()
WHOLE = 240


def read_broken(path: Path) -> tuple[int, str]:
    """Frames read before the error, and the error."""
    frames = decode(probe(path, LIMITS), Range(), LIMITS)
    count = 0
    try:
        for _ in frames:
            count += 1
    except AnimecolorError as error:
        return count, str(error)
    return count, ""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, draw: Callable[..., Path]) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("whole")
    fast = ("-movflags", "+faststart")
    sound = ("-map", "0:v", "-map", "1:a")
    made = {
        "mp4": draw(folder / "a.mp4", *fast, frames=WHOLE),
        "mp4 with sound": draw(folder / "s.mp4", *sound, *fast, frames=WHOLE),
        "mkv": draw(folder / "a.mkv", frames=WHOLE),
        "mkv with sound": draw(folder / "s.mkv", *sound, frames=WHOLE),
        "webm": draw(folder / "a.webm", "-c:v", "libvpx-vp9", "-deadline", "realtime",
                     "-cpu-used", "8", frames=WHOLE),
        "avi": draw(folder / "a.avi", "-c:v", "mpeg4", frames=WHOLE),
        "mov": draw(folder / "a.mov", "-c:v", "prores_ks", *fast, frames=WHOLE),
        "fragmented": draw(folder / "f.mp4", "-movflags", "frag_keyframe+empty_moov", "-g", "24",
                           frames=WHOLE),
    }  # fmt: skip
    return made


NAMES = ["mp4", "mp4 with sound", "mkv", "mkv with sound", "webm", "avi", "mov", "fragmented"]


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_clip_is_whole(clips: dict[str, Path], name: str) -> None:
    assert read_broken(clips[name]) == (WHOLE, "")


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_truncated_clip_is_said_to_be(
    tmp_path: Path, clips: dict[str, Path], name: str, share: float
) -> None:
    data = clips[name].read_bytes()
    cut = tmp_path / clips[name].name
    cut.write_bytes(data[: int(len(data) * share)])
    count, said = read_broken(cut)
    assert 0 < count < WHOLE
    found = re.fullmatch(r".* is truncated: (\d+) of (\d+) frames could be read", said)
    assert found, said
    assert count - 2 <= int(found[1]) <= count
    assert abs(int(found[2]) - WHOLE) <= 2


def test_a_clip_without_its_index_is_refused(tmp_path: Path, draw: Callable[..., Path]) -> None:
    whole = draw(tmp_path / "a.mp4")
    whole.write_bytes(whole.read_bytes()[:-2000])
    with pytest.raises(AnimecolorError, match="its index"):
        probe(whole, LIMITS)


@pytest.mark.parametrize("name", ["mp4", "mkv", "mov"])
def test_flipped_bits_are_found(tmp_path: Path, clips: dict[str, Path], name: str) -> None:
    data = bytearray(clips[name].read_bytes())
    with av.open(str(clips[name])) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    rng = np.random.default_rng(5)
    for position, size in packets[60:180:6]:
        assert position is not None
        for _ in range(12):
            data[position + int(rng.integers(size // 8, size))] ^= 1 << int(rng.integers(8))
    flipped = tmp_path / clips[name].name
    flipped.write_bytes(data)
    count, said = read_broken(flipped)
    assert count > 60
    assert re.search(r"is (damaged|truncated): ", said), said


def test_a_range_before_the_damage_is_fine(tmp_path: Path, clips: dict[str, Path]) -> None:
    data = clips["mkv"].read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(data[: len(data) // 2])
    assert len(list(decode(probe(cut, LIMITS), Range(frames=24), LIMITS))) == 24


@pytest.mark.parametrize("seed", range(6))
def test_noise_never_surprises(tmp_path: Path, clips: dict[str, Path], seed: int) -> None:
    """Random damage anywhere, header included, is an AnimecolorError or nothing."""
    rng = np.random.default_rng(seed)
    name = NAMES[seed]
    data = np.frombuffer(clips[name].read_bytes(), np.uint8).copy()
    data[rng.integers(0, len(data), 200)] = rng.integers(0, 256, 200)
    data[rng.integers(0, 2000, 3)] ^= 0xFF
    path = tmp_path / clips[name].name
    path.write_bytes(data.tobytes())
    with suppress(AnimecolorError):
        read_broken(path)


@pytest.mark.parametrize("name", ["o.mp4", "o.mkv"])
def test_sound_that_goes_back_in_time_is_dropped_there(
    tmp_path: Path, draw: Callable[..., Path], caplog: pytest.LogCaptureFixture, name: str
) -> None:
    clip = draw(tmp_path / "a.ts", "-map", "0:v", "-map", "1:a", "-c:a", "mp2", frames=48)
    data = bytearray(clip.read_bytes())
    stamps = [found.end() + 5 for found in re.finditer(rb"\x00\x00\x01\xc0", data)]
    late, early = stamps[20], stamps[18]
    data[late : late + 5] = data[early : early + 5]
    clip.write_bytes(data)
    info = probe(clip, LIMITS)
    target = tmp_path / name
    assert encode(decode(info, Range(), LIMITS), target, Output(preset="review"), info) == 48
    assert caplog.text.count("the audio goes back in time") == 1
    with av.open(str(clip)) as before, av.open(str(target)) as after:
        sound = [len([p for p in c.demux(audio=0) if p.size]) for c in (before, after)]
    assert 0 < sound[0] - sound[1] <= 4
