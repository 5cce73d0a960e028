"""What a batch writes is what ``run`` writes, to the byte where the format repeats itself."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import numpy as np
import pytest

from animecolor.batch.job import working
from animecolor.batch.ledger import State
from animecolor.batch.status import status_of
from animecolor.cli import main
from tests.batch.episodes import Season, cut_clip, paint, save, stamped
from tests.cli.conftest import BT709, ffmpeg


def run(season: Season, target: Path, source: Path, *flags: object) -> None:
    words = ["--config", season.root / "look.toml", "-o", target, *flags]
    assert main(["run", str(source), *map(str, words), "-q"]) == 0


def test_a_clip_with_sound_and_keyframes(season: Season) -> None:
    clip = cut_clip(season.root / "bare.mp4")
    heard = season.root / "ep01.mp4"
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:duration=0.7")
    ffmpeg("-i", clip, *tone, "-c:v", "copy", "-c:a", "aac", "-shortest", heard)
    for frame in (0, 7, 8):
        paint(season.root / "keys", frame, seed=frame)
    row = 'name = "ep01"\nsource = "ep01.mp4"\nkeyframes = "keys"\n'
    for preset, suffix in (("master", "mkv"), ("web", "mp4")):
        season.write(f'[[episode]]\n{row}output = "{preset}.{suffix}"\n', f'encode = "{preset}"')
        summary = season.render()
        assert (summary.rendered, summary.joined) == (3 if preset == "master" else 0, 1)
        made, beside = season.root / f"{preset}.{suffix}", season.root / f"run.{suffix}"
        run(season, beside, heard, "--keyframes", season.root / "keys", "--encode", preset)
        assert packets(made, "audio") == packets(beside, "audio")
        assert len(packets(made, "audio")) > 20
        if preset == "master":
            assert made.read_bytes() == beside.read_bytes()
        else:  # x264 does not always write the same bytes twice
            assert [pts for pts, _ in stamped(made)] == [pts for pts, _ in stamped(beside)]


def packets(clip: Path, kind: str) -> list[tuple[int | None, bytes]]:
    with av.open(str(clip)) as container:
        (stream,) = (each for each in container.streams if each.type == kind)
        return [(packet.pts, bytes(packet)) for packet in container.demux(stream) if packet.size]


def test_a_clip_of_variable_rate(season: Season) -> None:
    coding = ("-vf", "select='not(between(n,3,4))'", "-fps_mode", "vfr", "-c:v", "libx264", *BT709)
    filters = season.root / "steady.mkv"
    cut_clip(filters)
    clip = season.root / "ep01.mkv"
    ffmpeg("-i", filters, *coding, clip)
    paint(season.root / "keys", 6)
    season.write('[[episode]]\nname = "ep01"\nsource = "ep01.mkv"\nkeyframes = "keys"\n')
    season.render()
    run(
        season,
        season.root / "run.mkv",
        clip,
        "--keyframes",
        season.root / "keys",
        "--encode",
        "master",
    )
    made = season.root / "colored/ep01.mkv"
    assert stamped(made) == stamped(season.root / "run.mkv")
    assert len(stamped(made)) == 13


@pytest.mark.parametrize("preset", ["png", "exr"])
def test_drawings_with_alpha(season: Season, preset: str) -> None:
    folder = season.root / "ink"
    folder.mkdir()
    for number in range(6):
        cel = np.zeros((64, 96, 4), np.uint8)
        left = 10 + 5 * number if number < 3 else 70 - 5 * number
        cel[10:50, left : left + 30] = (250, 250, 250, 255)
        cel[10:50, [left, left + 29]] = (0, 0, 0, 255)
        cel[[10, 49], left : left + 30] = (0, 0, 0, 255)
        save(folder / f"a{number:04d}.png", cel)
    with (season.root / "list.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("start_frame",), (0,), (3,)])
    look = season.root / "look.toml"
    look.write_text(look.read_text().replace('mode = "gray"', 'mode = "lineart"'))
    row = 'name = "ep01"\nsource = "ink"\nshots = "list.csv"\n'
    season.write(f"[[episode]]\n{row}", f'encode = "{preset}"')
    season.render()
    beside = season.root / "run"
    run(season, beside, folder, "--cuts", season.root / "list.csv", "--encode", preset)
    made = season.root / "colored/ep01"
    assert [file.name for file in sorted(made.iterdir())] == [
        f"a{n:04d}.{preset}" for n in range(6)
    ]
    assert all(file.read_bytes() == (beside / file.name).read_bytes() for file in made.iterdir())


def test_a_picture_of_ten_bits(season: Season) -> None:
    clip = cut_clip(season.root / "ep01.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p10le")
    season.render()
    run(season, season.root / "run.mkv", clip, "--encode", "master")
    made = season.root / "colored/ep01.mkv"
    assert made.read_bytes() == (season.root / "run.mkv").read_bytes()


def test_a_shot_file_that_was_cut_short_is_not_joined(season: Season) -> None:
    summary = season.render()
    assert summary.frames == 15
    result = season.root / "colored/ep01.mkv"
    result.unlink()
    shot = sorted((season.job / "ep01/shots").iterdir())[1]
    shot.write_bytes(shot.read_bytes()[: shot.stat().st_size // 2])
    assert season.render().quarantined == ["ep01"]
    assert not result.exists()
    with working(season.read()) as ledger:
        (trouble,) = status_of(ledger).quarantined
        assert shot.name in trouble.error
        assert ledger.release([]) == 1
        assert ledger.episodes()[0].state is State.WAITING
    shot.unlink()
    assert season.render().rendered == 1
    assert result.exists()
