"""Frames out: count, time, sound, subtitles, chapters, attachments, and nothing left behind."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from animecolor.config import Limits, Output, Range
from animecolor.video.decode import decode
from animecolor.video.encode import check, encode
from animecolor.video.probe import probe

LIMITS = Limits()
FAST = Output(preset="review", options={"preset": "ultrafast"})


def recode(source: Path, target: Path | str, output: Output = FAST, **part: object) -> int:
    info = probe(source, LIMITS)
    check(target, output, info)
    return encode(decode(info, Range(**part), LIMITS), target, output, info)


def times(path: Path) -> list[Fraction]:
    """Presentation times of the pictures, by the container."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        return sorted(p.pts * p.time_base for p in packets if p.pts is not None)


@pytest.fixture(scope="module")
def colored(tmp_path_factory: pytest.TempPathFactory, bunny: Path) -> Path:
    """The bunny through decode and encode."""
    target = tmp_path_factory.mktemp("bunny") / "b.mp4"
    assert recode(bunny, target) == 132
    assert list(target.parent.iterdir()) == [target]
    return target


def test_the_bunny_keeps_its_frames_and_every_sound_packet(
    colored: Path, bunny: Path, packets: Callable[..., list[tuple[str, Fraction]]]
) -> None:
    assert times(colored) == times(bunny)
    assert packets(colored, "audio") == packets(bunny, "audio")


def interleave_s(path: Path) -> float:
    """The longest time by which sound and picture are apart in the file's order."""
    with av.open(str(path)) as container:
        order = [(p.stream.type, float(p.dts * p.time_base)) for p in container.demux() if p.size]
    last = {"video": 0.0, "audio": 0.0}
    worst = 0.0
    for kind, time_s in order:
        last[kind] = time_s
        worst = max(worst, abs(last["video"] - last["audio"]))
    return worst


def test_sound_is_interleaved(colored: Path) -> None:
    assert interleave_s(colored) < 1.2


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv"])
def test_a_variable_rate_is_carried_tick_by_tick(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(3)
    source = tmp_path / "vfr.mp4"
    stamps = [n * 1001 + int(rng.integers(-200, 200)) * (n > 0) for n in range(30)]
    with av.open(str(source), "w") as out:
        stream = out.add_stream(
            "libx264", rate=Fraction(24000, 1001), options={"preset": "ultrafast"}
        )
        stream.width, stream.height = 96, 64
        stream.codec_context.time_base = Fraction(1, 24000)
        for n, pts in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), n * 8, np.uint8))
            frame.pts, frame.time_base, frame.duration = pts, Fraction(1, 24000), 1500
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    before = list(decode(probe(source, LIMITS), Range(), LIMITS))
    assert [frame.pts * frame.time_base * 24000 for frame in before] == stamps
    recode(source, tmp_path / name)
    slack = Fraction(1, 2000) if name.endswith("mkv") else 0
    after = list(decode(probe(tmp_path / name, LIMITS), Range(), LIMITS))
    for a, b in zip(before, after, strict=True):
        assert abs(a.pts * a.time_base - b.pts * b.time_base) <= slack
    last_s = (before[-1].duration * before[-1].time_base, after[-1].duration * after[-1].time_base)
    assert abs(last_s[0] - last_s[1]) <= Fraction(1, 1000) + slack


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Callable[..., bytes]) -> Path:
    """An MKV with two languages of sound, two subtitles, chapters, a font and metadata."""
    folder = tmp_path_factory.mktemp("rich")
    (folder / "a.srt").write_text(
        "1\n00:00:00,500 --> 00:00:01,500\nHello\n\n2\n00:00:01,800 --> 00:00:02,600\n<i>you</i>\n"
    )
    (folder / "font.ttf").write_bytes(b"not really a font" * 9)
    (folder / "tags.txt").write_text(
        ";FFMETADATA1\ntitle=Episode 1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=Two\n"
    )
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=24:duration=3",
        "-f", "lavfi", "-i", "sine=frequency=440:r=48000:duration=3",
        "-f", "lavfi", "-i", "sine=frequency=880:r=48000:duration=3",
        "-i", folder / "a.srt", "-i", folder / "tags.txt",
        "-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-map_metadata", 4,
        "-metadata:s:a:0", "language=jpn", "-metadata:s:a:1", "language=eng",
        "-metadata:s:s:0", "language=fre", "-disposition:a:1", "default",
        "-attach", folder / "font.ttf", "-metadata:s:t", "mimetype=application/x-truetype-font",
        "-g", 12, folder / "rich.mkv",
    )  # fmt: skip
    return folder / "rich.mkv"


def test_everything_beside_the_picture_is_carried(
    tmp_path: Path, rich: Path, packets: Callable[..., list[tuple[str, Fraction]]]
) -> None:
    target = tmp_path / "rich.mkv"
    assert recode(rich, target) == 72
    for kind, which in (("audio", 0), ("audio", 1), ("subtitle", 0)):
        assert packets(target, kind, which) == packets(rich, kind, which)
    with av.open(str(rich)) as a, av.open(str(target)) as b:
        assert [s.type for s in a.streams] == [s.type for s in b.streams]
        assert b.metadata["title"] == "Episode 1"
        assert [s.metadata.get("language") for s in list(b.streams)[1:4]] == ["jpn", "eng", "fre"]
        assert [int(s.disposition) for s in list(b.streams)[1:3]] == [
            int(s.disposition) for s in list(a.streams)[1:3]
        ]
        titles = [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in b.chapters()]
        assert titles == [(0, "One"), (1, "Two")]
        assert bytes(b.streams.attachments[0].data) == bytes(a.streams.attachments[0].data)
        assert b.streams.attachments[0].metadata["filename"] == "font.ttf"


def test_subtitles_become_what_mp4_holds_and_back(
    tmp_path: Path,
    rich: Path,
    packets: Callable[..., list[tuple[str, Fraction]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    recode(rich, tmp_path / "rich.mp4")
    assert "attachment stream" in caplog.text
    info = probe(tmp_path / "rich.mp4", LIMITS)
    assert [s.codec for s in info.streams if s.kind == "subtitle"] == ["mov_text"]
    assert info.chapters == 2
    assert packets(tmp_path / "rich.mp4", "audio")[0] == packets(rich, "audio")[0]
    recode(tmp_path / "rich.mp4", tmp_path / "back.mkv")
    with av.open(str(tmp_path / "back.mkv")) as out:
        stream = out.streams.subtitles[0]
        said = [(float(p.pts * p.time_base), bytes(p)) for p in out.demux(stream) if p.size]
        assert stream.codec_context.name in ("srt", "subrip")
    start_s = float(times(tmp_path / "back.mkv")[0])  # Matroska moves all streams past zero
    assert [time_s - start_s for time_s, _ in said] == pytest.approx([0.5, 1.8], abs=0.002)
    assert [text for _, text in said] == [b"Hello", b"<i>you</i>"]


def test_unwanted_streams_stay_behind(tmp_path: Path, rich: Path) -> None:
    recode(rich, tmp_path / "r.mkv", FAST.model_copy(update={"audio": False, "subtitles": False}))
    kinds = {stream.kind for stream in probe(tmp_path / "r.mkv", LIMITS).streams}
    assert kinds == {"attachment"}


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv"])
def test_a_cut_takes_the_sound_along(tmp_path: Path, rich: Path, name: str) -> None:
    assert recode(rich, tmp_path / name, start="1", end="2") == 24
    with av.open(str(tmp_path / name)) as out:
        ends = {"video": 0.0, "audio": 0.0, "subtitle": 0.0}
        starts: dict[str, float] = {}
        for packet in out.demux():
            if packet.size > 2:
                time_s = float(packet.pts * packet.time_base)
                starts.setdefault(packet.stream.type, time_s)
                end_s = time_s + float((packet.duration or 0) * packet.time_base)
                ends[packet.stream.type] = max(ends[packet.stream.type], end_s)
        first = out.chapters()[0]
        assert first["metadata"]["title"] == "Two"
        assert first["start"] == 0
    assert starts["video"] == pytest.approx(0, abs=0.03)
    assert starts["audio"] == pytest.approx(starts["video"], abs=0.03)
    assert ends["audio"] == pytest.approx(ends["video"], abs=0.04)
    assert starts["subtitle"] == pytest.approx(0, abs=0.03)  # the line on screen at the cut


def test_sound_stays_in_step_through_a_cut(
    tmp_path: Path, bunny: Path, packets: Callable[..., list[tuple[str, Fraction]]]
) -> None:
    recode(bunny, tmp_path / "c.mp4", start="2", end="3")
    before = dict(packets(bunny, "audio"))
    after = packets(tmp_path / "c.mp4", "audio")
    assert len(after) > 40
    assert all(before[digest] - time_s == 2 for digest, time_s in after)


@pytest.mark.parametrize("size", ["97x63", "96x63"])
def test_an_odd_size_stays_that_size(
    tmp_path: Path, draw: Callable[..., Path], caplog: pytest.LogCaptureFixture, size: str
) -> None:
    width, height = size.split("x")
    clip = draw(tmp_path / "odd.mkv", "-vf", f"scale={width}:{height}", "-c:v", "ffv1", frames=3)
    recode(clip, tmp_path / "odd.mp4")
    info = probe(tmp_path / "odd.mp4", LIMITS)
    assert f"{info.width}x{info.height}" == size
    assert info.pix_fmt == "yuv444p"
    assert "odd size" in caplog.text


def test_the_shape_of_pixels_is_carried(tmp_path: Path, draw: Callable[..., Path]) -> None:
    clip = draw(tmp_path / "a.mp4", "-vf", "setsar=4/3", frames=3)
    recode(clip, tmp_path / "b.mkv")
    assert probe(tmp_path / "b.mkv", LIMITS).sample_aspect == Fraction(4, 3)


@pytest.mark.parametrize(
    ("preset", "name", "worst"),
    [("master", "m.mkv", 0), ("prores4444", "m.mov", 1), ("web", "m.webm", 4)],
)
def test_alpha_goes_out_again(
    tmp_path: Path, draw: Callable[..., Path], preset: str, name: str, worst: int
) -> None:
    ramp = "format=rgba,geq=r=X:g=Y:b=128:a='X*255/95',format=rgba"
    clip = draw(tmp_path / "a.mov", "-vf", ramp, "-c:v", "png", frames=3)
    recode(clip, tmp_path / name, Output(preset=preset))
    before = next(decode(probe(clip, LIMITS), Range(), LIMITS)).alpha
    after = next(decode(probe(tmp_path / name, LIMITS), Range(), LIMITS)).alpha
    assert before is not None
    assert after is not None
    scale = 1 if after.dtype == torch.uint8 else 257
    assert (after.to(torch.float32) / scale - before.to(torch.float32)).abs().max() <= worst


@pytest.mark.parametrize("preset", ["png", "tga", "exr"])
def test_images_keep_numbers_alpha_and_values(
    tmp_path: Path, draw: Callable[..., Path], preset: str
) -> None:
    ramp = "format=rgba,geq=r=X:g=Y:b=128:a='128+X',format=rgba"
    clip = draw(tmp_path / "a.mov", "-vf", ramp, "-c:v", "png", frames=4)
    folder = tmp_path / "100%d out"
    assert recode(clip, folder, Output(preset=preset)) == 4
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"a.00000{n}.{preset}" for n in (1, 2, 3, 4)]
    info = probe(folder, LIMITS)
    frames = list(decode(info, Range(), LIMITS))
    source = list(decode(probe(clip, LIMITS), Range(), LIMITS))
    scale = 257 if info.deep else 1
    for a, b in zip(source, frames, strict=True):
        assert a.alpha is not None
        assert b.alpha is not None
        difference = b.image.to(torch.float32) / scale - a.image.to(torch.float32)
        assert difference.abs().max() <= (0.02 if preset == "exr" else 0)
        assert torch.equal(b.alpha.to(torch.int32), a.alpha.to(torch.int32) * scale)
    renumbered = tmp_path / "again"
    (folder / names[1]).unlink()
    recode(folder, renumbered, Output(preset=preset))
    assert sorted(path.name for path in renumbered.iterdir()) == [names[0], *names[2:]]


def test_deep_images_are_exact(tmp_path: Path) -> None:
    noise = torch.from_numpy(np.random.default_rng(0).integers(0, 65536, (1, 8, 9, 3), np.uint16))
    folder = tmp_path / "in"
    folder.mkdir()
    from dataclasses import replace

    with av.open(str(folder / "f.0007.tif"), "w", format="image2", options={"update": "1"}) as out:
        stream = out.add_stream("tiff", rate=24)
        stream.width, stream.height, stream.pix_fmt = 9, 8, "rgb48le"
        frame = av.VideoFrame.from_ndarray(noise[0].numpy(), "rgb48le")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    info = probe(folder, LIMITS)
    assert info.deep
    (frame,) = decode(info, Range(), LIMITS)
    assert torch.equal(frame.image.permute(1, 2, 0).to(torch.int32), noise[0].to(torch.int32))
    recode(folder, tmp_path / "out", Output(preset="png"))
    (again,) = decode(probe(tmp_path / "out", LIMITS), Range(), LIMITS)
    assert torch.equal(again.image.to(torch.int32), frame.image.to(torch.int32))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["f.0007.png"]
    assert replace(info, frames=1) == info


def test_y4m_on_standard_output(
    tmp_path: Path, bikes: Path, ffmpeg: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    assert recode(bikes, "-", frames=4) == 4
    (tmp_path / "a.y4m").write_bytes(out.getvalue())
    sys.stdout.detach()
    monkeypatch.undo()
    info = probe(tmp_path / "a.y4m", LIMITS)
    assert (info.width, info.height, info.rate) == (640, 272, 25)
    source = list(decode(probe(bikes, LIMITS), Range(frames=4), LIMITS))
    for a, b in zip(source, decode(info, Range(), LIMITS), strict=True):
        assert (a.image.to(torch.float32) - b.image.to(torch.float32)).abs().mean() < 2.5
