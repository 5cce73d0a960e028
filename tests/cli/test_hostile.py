"""What strangers will feed it: each input ends with its exit code and at most one sentence.

A failure leaves nothing under the final name; a success has every frame.
"""

from __future__ import annotations

import resource
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import av
import pytest

from animecolor.cli import main
from tests.cli.conftest import draw, ffmpeg

SUBTITLES = "1\n00:00:00,100 --> 00:00:00,400\nhello\n"
SOUND = ("-f", "lavfi", "-i", "sine=duration=0.5")


def variable_rate(folder: Path) -> Path:
    uneven = "setpts='N*N*1001/24000/TB/4'"
    return draw(folder / "in.mp4", "-vf", uneven, "-fps_mode", "vfr", "-enc_time_base", "1:24000")


def ten_bit(folder: Path) -> Path:
    return draw(folder / "in.mp4", "-pix_fmt", "yuv420p10le")


def transparent(folder: Path) -> Path:
    return draw(folder / "in.webm", "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p")


def rotated(folder: Path) -> Path:
    upright = draw(folder / "upright.mp4")
    ffmpeg("-display_rotation", 90, "-i", upright, "-c", "copy", folder / "in.mp4")
    upright.unlink()
    return folder / "in.mp4"


def odd_sized(folder: Path) -> Path:
    pattern = "testsrc2=size=97x63:rate=24:duration={}"
    return draw(folder / "in.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv444p", pattern=pattern)


def one_frame(folder: Path) -> Path:
    return draw(folder / "in.mp4", "-frames:v", 1)


def silent(folder: Path) -> Path:
    return draw(folder / "in.mp4")


def two_sounds(folder: Path) -> Path:
    maps = ("-map", "0:v", "-map", "1:a", "-map", "1:a", "-shortest")
    return draw(folder / "in.mp4", *maps, inputs=SOUND)


def subtitled(folder: Path) -> Path:
    (folder / "in.srt").write_text(SUBTITLES)
    maps = ("-map", "0:v", "-map", "1:s", "-c:s", "srt")
    made = draw(folder / "in.mkv", *maps, inputs=("-i", folder / "in.srt"))
    (folder / "in.srt").unlink()
    return made


def truncated_mkv(folder: Path) -> Path:
    whole = draw(folder / "in.mkv", seconds=2)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return whole


def truncated_mp4(folder: Path) -> Path:
    whole = draw(folder / "in.mp4", seconds=2)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return whole


def bit_flipped(folder: Path) -> Path:
    clip = draw(folder / "in.mp4", "-movflags", "+faststart", seconds=2)
    content = bytearray(clip.read_bytes())
    start = content.index(b"mdat") + 2000
    for place in range(start, len(content), 97):
        content[place] ^= 0x5A
    clip.write_bytes(content)
    return clip


def empty(folder: Path) -> Path:
    (folder / "in.mp4").touch()
    return folder / "in.mp4"


def text(folder: Path) -> Path:
    (folder / "in.mp4").write_text("Dear sir or madam,\n" * 100)
    return folder / "in.mp4"


def disguised_script(folder: Path) -> Path:
    draw(folder / "secret.mp4")
    (folder / "in.mkv").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    return folder / "in.mkv"


def enormous(folder: Path) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    image = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    (folder / "in.png").write_bytes(b"\x89PNG\r\n\x1a\n" + image)
    return folder / "in.png"


def missing(folder: Path) -> Path:
    return folder / "in.mp4"


def sound_alone(folder: Path) -> Path:
    ffmpeg(*SOUND, folder / "in.mka")
    return folder / "in.mka"


def url(folder: Path) -> Path:
    return Path("http://127.0.0.1:9/in.mp4")


FINE = [
    (variable_rate, 12),
    (ten_bit, 12),
    (transparent, 12),
    (rotated, 12),
    (odd_sized, 12),
    (one_frame, 1),
    (silent, 12),
    (two_sounds, 12),
    (subtitled, 12),
]
REFUSED = [
    (truncated_mkv, 1, "truncated"),
    (truncated_mp4, 1, "cut short or damaged"),
    (bit_flipped, 1, "damaged"),
    (empty, 1, "is empty"),
    (text, 1, "not a video"),
    (disguised_script, 1, "not a video"),
    (enormous, 1, "30000x30000"),
    (missing, 2, "no such file"),
    (sound_alone, 1, "no video stream"),
    (url, 2, "no such file"),
]


@pytest.mark.parametrize(("make", "frames"), FINE)
def test_odd_but_fine(
    make: Callable[[Path], Path],
    frames: int,
    fast: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = make(tmp_path)
    target = tmp_path / f"out{source.suffix}"
    assert main(["run", str(source), "-o", str(target), *fast]) == 0, capsys.readouterr().err
    with av.open(str(source)) as was, av.open(str(target)) as now:
        assert [s.type for s in now.streams] == [s.type for s in was.streams]
        times = [[f.pts * f.time_base for f in c.decode(video=0)] for c in (was, now)]
    assert len(times[1]) == frames
    # Matroska rounds time stamps to a millisecond.
    assert times[1] == pytest.approx(times[0], abs=0 if target.suffix == ".mp4" else 0.001)


@pytest.mark.parametrize(("make", "code", "sentence"), REFUSED)
def test_refused(
    make: Callable[[Path], Path],
    code: int,
    sentence: str,
    fast: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = make(tmp_path)
    before = {file.name for file in tmp_path.iterdir()}
    assert main(["run", str(source), "-o", str(tmp_path / "out.mp4"), *fast]) == code
    said = capsys.readouterr().err.splitlines()
    assert sentence in said[-1]
    assert all(line.startswith("animecolor: ") for line in said)
    assert {file.name for file in tmp_path.iterdir()} == before


def test_an_unwritable_target(
    clip: Path, fast: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    if not refuses_files(locked):  # a superuser may write anywhere but into the kernel's folders
        locked = Path("/sys")
        if not (locked.is_dir() and refuses_files(locked)):
            pytest.skip("this user may write everywhere")
    assert main(["run", str(clip), "-o", str(locked / "out.mp4"), *fast]) == 1
    assert capsys.readouterr().err.startswith(
        f"animecolor: {locked / 'out.mp4'}: cannot be written"
    )


def refuses_files(folder: Path) -> bool:
    try:
        (folder / "trial").touch()
    except OSError:
        return True
    (folder / "trial").unlink()
    return False


def test_a_disk_known_to_be_full(
    clip: Path,
    fast: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    full = SimpleNamespace(total=1, used=1, free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: full)
    assert main(["run", str(clip), *fast]) == 1
    assert "too full" in capsys.readouterr().err
    assert [file.name for file in clip.parent.iterdir()] == [clip.name]


@pytest.mark.parametrize("encode", ["web", "png"])
def test_a_disk_that_fills_up(encode: str, clip: Path, fast: list[str]) -> None:
    """A limit on file size stands for the full disk: writes fail in the middle of the work."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    program = [
        sys.executable,
        "-B",
        "-m",
        "animecolor",
        "run",
        str(clip),
        "--encode",
        encode,
        *fast,
    ]
    done = subprocess.run(program, capture_output=True, text=True, preexec_fn=limit, timeout=120)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("animecolor: ")
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [file.name for file in clip.parent.iterdir()] == [clip.name]
