"""One run at a time has a folder; what a killed one left is swept away."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from animecolor.cels.cut import approve, color_cut
from animecolor.cels.manifest import NAME, read_manifest
from animecolor.cels.painting import Painter
from animecolor.cels.plan import Wishes
from animecolor.errors import AnimecolorError, UsageError
from animecolor.video.claim import LOCK, claimed
from tests.cels.drawings import Fake, color, contents, lines, plan, save, small_cut

AT_WORK = """
import sys, tempfile, time
from pathlib import Path
from animecolor.video.claim import claimed
folder = Path(sys.argv[1])
with claimed(folder):
    Path(tempfile.mkdtemp(dir=folder, prefix=".", suffix=".part"), "half.png").touch()
    (folder / ".manifest.0123abcd.part.json").touch()
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    return small_cut(tmp_path / "cut")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_a_second_run_waits_for_the_first_and_a_killed_one_leaves_nothing(
    cut: Path, out: Path
) -> None:
    color(cut, out)
    save(lines(9), cut / "A/a002.tga")
    mine = out / ".notes.part"
    mine.touch()
    before = contents(out)
    command = [sys.executable, "-c", AT_WORK, str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "begun\n"
        with pytest.raises(AnimecolorError, match="another run is at work there"):
            color(cut, out)
        with pytest.raises(AnimecolorError, match="another run is at work there"):
            approve(out, Wishes(approve=("A/a001",)))
        assert (out / LOCK).exists()
        first.send_signal(signal.SIGKILL)
    color(cut, out)
    now = contents(out)
    assert {name for name in now if now[name] != before.get(name)} == {"A/a002.tga"}
    assert sorted(path.name for path in out.iterdir()) == [".notes.part", "A", "B", NAME]


def test_a_claim_ends_with_an_error_too(out: Path) -> None:
    with pytest.raises(ZeroDivisionError), claimed(out):
        raise ZeroDivisionError
    with claimed(out), pytest.raises(AnimecolorError, match="another run"), claimed(out):
        pass
    assert list(out.iterdir()) == []


def test_a_run_killed_before_its_first_cel_goes_on_without_force(cut: Path, out: Path) -> None:
    def killed() -> Fake:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        color_cut(plan(cut, out), Painter(killed, lambda frame: None))
    color(cut, out)
    assert len(contents(out)) == 5


def test_a_plan_that_another_run_has_made_stale_is_not_carried_out(cut: Path, out: Path) -> None:
    color(cut, out)
    save(lines(9), cut / "A/a002.tga")
    stale = plan(cut, out)
    approve(out, Wishes(approve=("A/a002",)))
    before = contents(out)
    with pytest.raises(AnimecolorError, match="meanwhile; run again"):
        color_cut(stale, Painter(Fake, lambda frame: None))
    assert contents(out) == before


def test_approving_changes_the_manifest_alone(cut: Path, out: Path) -> None:
    with pytest.raises(UsageError, match="holds no painted cels yet"):
        approve(out, Wishes(approve=("A/a001",)))
    assert not out.exists()
    color(cut, out)
    before, manifest = contents(out), read_manifest(out)
    approve(out, Wishes(approve=("A/*",)), dry=True)
    assert read_manifest(out) == manifest
    approve(out, Wishes(approve=("A/*",), release=("A/a003",)))
    now = read_manifest(out)
    assert now is not None
    approved = [name for name, entry in now.drawings.items() if entry.approved]
    assert approved == ["A/a001", "A/a002"]
    assert contents(out) == before


def test_a_name_with_brackets_is_approved_as_it_is(cut: Path, out: Path) -> None:
    (cut / "A").rename(cut / "A [x]")
    color(cut, out)
    approved = plan(cut, out, approve=("A [x]/a001",)).manifest.drawings
    assert [name for name in approved if approved[name].approved] == ["A [x]/a001"]
