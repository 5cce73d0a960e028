"""What a clip says of itself, and everything that must be refused."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from animecolor.config import Limits
from animecolor.errors import AnimecolorError, UsageError
from animecolor.video.probe import Kind, probe

LIMITS = Limits()


def test_a_real_film(bunny: Path) -> None:
    info = probe(bunny, LIMITS)
    assert (info.width, info.height, info.rate, info.frames) == (1280, 720, 25, 132)
    assert info.kind is Kind.FILE
    assert (info.bits, info.has_alpha, info.interlaced, info.variable_rate) == (
        8,
        False,
        False,
        False,
    )
    assert [stream.kind for stream in info.streams] == ["audio"]
    assert info.color.matrix_name == "bt709"
    assert not info.color.matrix_tagged
    assert any("bt709 is assumed" in warning for warning in info.warnings)


def test_a_small_untagged_film_is_taken_for_601(bikes: Path) -> None:
    info = probe(bikes, LIMITS)
    assert info.color.matrix_name == "smpte170m"


def test_tags_rotation_aspect_and_streams(tmp_path: Path, draw: Callable[..., Path]) -> None:
    flat = draw(
        tmp_path / "a.mp4", "-map", "0:v", "-map", "1:a", "-map", "1:a", "-vf", "setsar=4/3",
        "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_range", "tv",
        "-metadata:s:a:0", "language=jpn",
    )  # fmt: skip
    info = probe(flat, LIMITS)
    assert info.color.matrix_tagged
    assert info.color.range_tagged
    assert info.sample_aspect == Fraction(4, 3)
    assert [stream.language for stream in info.streams][:1] == ["jpn"]
    assert "48000 Hz" in info.streams[0].detail


def test_a_turned_clip_is_upright(
    tmp_path: Path, draw: Callable[..., Path], ffmpeg: Callable[..., bytes]
) -> None:
    flat = draw(tmp_path / "a.mp4", "-vf", "setsar=4/3")
    ffmpeg("-display_rotation", "90", "-i", flat, "-c", "copy", tmp_path / "turned.mp4")
    info = probe(tmp_path / "turned.mp4", LIMITS)
    assert (info.width, info.height) == (64, 96)
    assert (info.coded_width, info.coded_height) == (96, 64)
    assert info.rotation == 90
    assert info.sample_aspect == Fraction(3, 4)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_refused(tmp_path: Path, draw: Callable[..., Path], transfer: str) -> None:
    tags = f"setparams=color_trc={transfer}:color_primaries=bt2020:colorspace=bt2020nc"
    clip = draw(tmp_path / "hdr.mkv", "-vf", f"format=yuv420p10le,{tags}")
    with pytest.raises(AnimecolorError, match="is HDR"):
        probe(clip, LIMITS)


def test_interlaced_is_said(tmp_path: Path, draw: Callable[..., Path]) -> None:
    clip = draw(
        tmp_path / "i.mkv", "-vf", "setfield=tff", "-flags", "+ildct+ilme", "-x264opts", "tff=1"
    )
    info = probe(clip, LIMITS)
    assert info.interlaced
    assert any("interlaced" in warning for warning in info.warnings)


def disguise(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi", "clip.txt", "clip.png"])
@pytest.mark.parametrize(
    "text",
    [
        "just words, nothing else\n" * 40,
        "ffconcat version 1.0\nfile '{other}'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{other}\n#EXT-X-ENDLIST\n",
        "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>",
    ],
    ids=["text", "ffconcat", "m3u8", "dash"],
)
def test_a_disguise_is_refused(tmp_path: Path, bikes: Path, name: str, text: str) -> None:
    (tmp_path / "other.mp4").write_bytes(bikes.read_bytes())
    path = disguise(tmp_path, name, text.format(other=tmp_path / "other.mp4"))
    with pytest.raises(AnimecolorError) as caught:
        probe(path, LIMITS)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["concat:{clip}|{clip}", "subfile,,start,0,end,0,,:{clip}", "http://127.0.0.1:9/a.mp4",
     "file:{clip}", "data:text/plain,hello", "crypto:{clip}", "lavfi:testsrc2", "testsrc2"],
)  # fmt: skip
def test_a_protocol_is_only_a_missing_file(bikes: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no such file"):
        probe(name.format(clip=bikes), LIMITS)


def test_every_odd_input_has_its_own_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo.mp4")
    (tmp_path / "broken.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    sentences = {}
    for name, kind in (
        ("missing.mp4", UsageError),
        ("empty.mp4", AnimecolorError),
        ("folder", UsageError),
        ("fifo.mp4", UsageError),
        ("broken.mp4", UsageError),
        ("loop.mp4", UsageError),
        ("nul\0.mp4", UsageError),
        ("empty.mp4/inside.mp4", UsageError),
    ):
        with pytest.raises(kind) as caught:
            probe(tmp_path / name, LIMITS)
        assert caught.type is kind
        sentences[name] = str(caught.value)
    with pytest.raises(UsageError, match="device"):
        probe("/dev/zero", LIMITS)
    assert len({text.split(":")[-1] for text in list(sentences.values())[:4]}) == 4


def huge_png(path: Path, width: int, height: int) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (1 << 20), 9)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
    return path


def peak_kib() -> int:
    """The most memory this process ever held."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


@pytest.mark.parametrize("name", ["bomb.png", "bomb.mp4"])
@pytest.mark.parametrize("size", [(30000, 30000), (15000, 15000), (30000, 16)])
def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    path = huge_png(tmp_path / name, *size)
    before = peak_kib()
    with pytest.raises(AnimecolorError, match=r"more than the limit|not a video"):
        probe(path, LIMITS)
    assert peak_kib() - before < 64 << 10


def test_a_video_bomb_is_refused(tmp_path: Path, ffmpeg: Callable[..., bytes]) -> None:
    path = tmp_path / "wide.mkv"
    source = "color=black:size=12000x32:rate=24:duration=0.1"
    ffmpeg("-f", "lavfi", "-i", source, "-c:v", "ffv1", path)
    with pytest.raises(AnimecolorError, match="12000x32"):
        probe(path, LIMITS)
    assert probe(path, Limits(max_side=12000)).width == 12000


def test_the_limit_in_pixels_counts_too(bikes: Path) -> None:
    with pytest.raises(AnimecolorError, match="640x272"):
        probe(bikes, Limits(max_pixels=640 * 271))


def test_a_file_without_pictures_is_refused(tmp_path: Path, ffmpeg: Callable[..., bytes]) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", tmp_path / "sound.mp4")
    with pytest.raises(AnimecolorError, match="no video stream"):
        probe(tmp_path / "sound.mp4", LIMITS)


def test_a_name_is_only_a_name(tmp_path: Path, bikes: Path) -> None:
    for name in ("a%03d.mp4", "-y.mp4", "a b'\"$(x).mp4", "concat:x.mp4", "ä\n.mp4", "a####.mp4"):
        (tmp_path / name).write_bytes(bikes.read_bytes())
        assert probe(tmp_path / name, LIMITS).frames == 250
