"""``keyframes --after``: which frames are added to a folder, and every sentence it can end with."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import pytest

from animecolor.cli import main
from animecolor.stages.doubt import propose
from animecolor.stages.doubtlist import COLUMNS, Doubt, as_row, read_doubts
from tests.cli.conftest import draw
from tests.cli.test_keyframes import held, paint

Capture = pytest.CaptureFixture[str]
ERRORS = [0.0, 0.03, 0.05, 0.04, 0.05, 0.05, 0.04, 0.1, 0.11, 0.3, 0.11, 0.1]
"""Shot 0 is painted in its first frame; shot 1, from frame 7, not at all."""


def table(errors: Sequence[float], cut: int = 7, repeats: Sequence[int] = ()) -> list[Doubt]:
    return [
        Doubt("clip.mp4", n, 512 * n, n / 24, int(n >= cut), int(n in repeats), error, 0.5)
        for n, error in enumerate(errors)
    ]


def write(path: Path, doubts: Sequence[Doubt]) -> Path:
    rows = [COLUMNS, *map(as_row, doubts)]
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def nobody(doubt: Doubt) -> bool:
    return False


def after(clip: Path, *flags: object) -> int:
    return main(["keyframes", str(clip), "--size", "64", *map(str, flags)])


@pytest.fixture
def told(clip: Path) -> Path:
    """What ``run --confidence doubt.mp4`` would leave."""
    return write(clip.with_name("doubt.frames.csv"), table(ERRORS))


def test_a_run_and_what_it_proposes(clip: Path, doubting: list[str], capsys: Capture) -> None:
    """As a person works: run, ask, paint, ask again, run again."""
    keys, heat = clip.with_name("keys"), clip.with_name("doubt.mp4")
    paint(keys / "0.png")
    flags = [*doubting, "--cuts", "none", "--keyframes", keys, "--confidence", heat, "-y"]
    assert main(["run", str(clip), *map(str, flags)]) == 0
    capsys.readouterr()
    assert after(clip, "-o", keys, "--after", heat) == 0
    said = capsys.readouterr().out.splitlines()
    # The same error everywhere but in frame 0, which is the nearest to frames 1 and 2 as it is.
    assert said == [
        "frame 5 at 0.208 s in shot 0: expected error 0.697",
        f"{keys} (frames added: 1)",
    ]
    (key,) = tomllib.loads((keys / "keys.toml").read_text())["key"]
    assert (key["frame"], key["shot"]) == (5, 0)
    assert key["why"] == "in doubt: expected error 0.697"
    assert cv2.imread(str(keys / "000005.png")).shape == (64, 96, 3)
    assert held(keys).keys() == {"0.png", "000005.png", "000005.line.png", "keys.toml"}
    paint(keys / "000005.png")
    assert after(clip, "-o", keys, "--after", heat) == 0
    assert capsys.readouterr().out.startswith("frame 8 at ")
    assert main(["run", str(clip), *map(str, flags)]) == 0
    assert sum(doubt.expected_error == 0 for doubt in read_doubts(told_of(heat))) == 2


def told_of(heat: Path) -> Path:
    return heat.with_name("doubt.frames.csv")


@pytest.mark.parametrize("name", ["doubt.mp4", "doubt.csv", "doubt.frames.csv"])
def test_it_adds_to_what_is_there(name: str, clip: Path, told: Path, capsys: Capture) -> None:
    """Unpainted exports stay as well as painted ones, and no -y is needed."""
    keys, cuts = clip.with_name("keys"), clip.with_name("cuts.csv")
    cuts.write_text("start_frame\n0\n7\n")
    assert after(clip, "-o", keys, "--cuts", cuts, "--per-shot", 1) == 0
    paint(keys / "000007.png")
    paint(keys / "000003.png")
    before = held(keys)
    capsys.readouterr()
    words = ["-o", keys, "--cuts", cuts, "--after", clip.with_name(name), "--per-shot", 2]
    assert after(clip, *words) == 0
    out = capsys.readouterr().out.splitlines()
    assert [int(line.split()[1]) for line in out[:-1]] == [9, 8, 4, 2]
    now = held(keys)
    assert all(now[name] == before[name] for name in before if name != "keys.toml")
    listed = tomllib.loads(now["keys.toml"].decode())["key"]
    assert [key["frame"] for key in listed] == [0, 2, 4, 7, 8, 9]
    assert listed[0]["why"] == "the first drawing of the shot"
    assert "000003.png" not in {key["file"] for key in listed}
    assert after(clip, *words) == 0  # nothing new was painted: the same again
    assert capsys.readouterr().out.splitlines() == out


def test_a_new_folder_is_made_and_most_limits_all(clip: Path, told: Path, capsys: Capture) -> None:
    keys = clip.with_name("keys")
    assert after(clip, "-o", keys, "--after", told, "--per-shot", 3, "--most", 2) == 0
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first == "frame 9 at 0.375 s in shot 1: expected error 0.300"
    assert "in shot 0" in second
    assert len(held(keys)) == 5


def test_proposals_by_hand() -> None:
    """A held drawing is one frame, proposed where it begins; what is painted is not."""
    doubts = table([0.0, 0.1, 0.1, 0.1, 0.019, 0.019, 0.019], repeats=(2, 3))
    (found,) = propose(doubts, nobody, 1, None)
    assert found.doubt.frame == 1
    assert found.expected_error == pytest.approx(0.1)
    # Drawing 1 is shown three times; of drawings 2, 3 and 4, 1/2, 1/3 and 1/4 is taken away.
    assert found.gain == pytest.approx(0.3 + 0.019 / 2 + 0.019 / 3 + 0.019 / 4)
    # Frame 3 shows the drawing of frame 1, which is painted with it; the rest is good enough.
    assert propose(doubts, lambda doubt: doubt.frame == 3, 9, None) == []
    assert propose(table([0.0] * 12), nobody, 9, None) == []
    everything = propose(table([0.5] * 9, cut=9), nobody, 99, None)
    assert len({proposal.doubt.frame for proposal in everything}) == len(everything) <= 9
    gains = [proposal.gain for proposal in everything]
    assert gains == sorted(gains, reverse=True)


def edited(**change: object) -> Callable[[Path], object]:
    """The table with its last row changed."""

    def edit(path: Path) -> None:
        *rows, last = table(ERRORS)
        cells = dict(zip(COLUMNS, as_row(last), strict=True)) | change
        write(path, rows)
        with path.open("a") as file:
            file.write(",".join(map(str, cells.values())) + "\n")

    return edit


@pytest.mark.parametrize(
    ("spoil", "end"),
    [
        (Path.unlink, (2, "No such file or directory; `run --confidence` writes it")),
        (lambda path: path.write_text("a,b\n1,2\n"), (2, "is not a table of frames that")),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), (2, "doubt.frames.csv is damaged: ")),
        (lambda path: path.write_text(",".join(COLUMNS)), (2, "holds no frame")),
        (lambda path: path.write_text(path.read_text()[:-12]), (2, "line 13: not a frame's row")),
        (edited(expected_error="nan"), (2, "line 13: a number is out of range")),
        (edited(expected_error="-1"), (2, "line 13: a number is out of range")),
        (edited(frame="12"), (2, "line 13: does not follow the line before it")),
        (edited(pts=5), (2, "line 13: does not follow the line before it")),
        (edited(shot=7), (2, "line 13: does not follow the line before it")),
        (edited(clip="other.mp4"), (2, "line 13: does not follow the line before it")),
        (lambda path: write(path, table([0.01] * 12)), (1, "leaves no frame to propose")),
        (
            lambda path: write(path, [d for d in table([0.5] * 99, cut=50) if d.frame > 50]),
            (2, "frame 74 is not where the table of frames says"),
        ),
        (
            lambda path: path.write_text(path.read_text().replace("clip.mp4", "other.mp4")),
            (2, "doubt.frames.csv is of the clip other.mp4, not of clip.mp4"),
        ),
    ],
)
def test_a_wrong_table_is_one_sentence(
    spoil: Callable[[Path], object], end: tuple[int, str], clip: Path, told: Path, capsys: Capture
) -> None:
    spoil(told)
    keys = clip.with_name("keys")
    assert after(clip, "-o", keys, "--after", told) == end[0]
    said = capsys.readouterr().err
    assert end[1] in said
    assert len(said.splitlines()) == 1
    assert not keys.exists()


def test_other_refusals(clip: Path, told: Path, capsys: Capture) -> None:
    clip.with_name("slow").mkdir()
    slower = draw(clip.with_name("slow") / "clip.mp4", "-video_track_timescale", 24000)
    for words, sentence in (
        (["clip.mp4", "-o", "keys", "--most", 2], "--most is for --after"),
        (["clip.mp4", "-o", ".", "--after", told], "holds the input; name another folder"),
        (["clip.mp4", "-o", told, "--after", told], "is a file; keyframes are written into a fol"),
        ([slower, "-o", "keys", "--after", told], "its time stamps count time otherwise"),
    ):
        source, *flags = words
        where = [clip.parent / f if f in ("keys", ".") else f for f in flags]
        assert after(clip.parent / source, *where) == 2
        assert sentence in capsys.readouterr().err
