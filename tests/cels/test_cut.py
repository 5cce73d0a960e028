"""Cuts are painted once, and painted again only where something changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from animecolor.cels.manifest import NAME, read_manifest
from animecolor.cels.tasks import Fate
from animecolor.config import Finish, Network, Output
from animecolor.errors import AnimecolorError, UsageError
from tests.cels.drawings import (
    SMALL,
    color,
    contents,
    copy,
    keys,
    lines,
    painted,
    pixels,
    plan,
    save,
    small_cut,
    with_sheet,
)

ALL = ["A/a001.tga", "A/a002.tga", "A/a003.tga", "B/b001.png", "B/b002.png"]


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    return small_cut(tmp_path / "cut")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def written(before: dict[str, tuple[bytes, int]], out: Path) -> list[str]:
    """Files that were written since."""
    return [name for name, state in contents(out).items() if before.get(name) != state]


def test_a_cut_is_mirrored_and_each_drawing_is_painted_once(cut: Path, out: Path) -> None:
    fake, _ = color(cut, out)
    assert list(contents(out)) == ALL
    assert fake.seen == [0, 1, 2, 0, 1]
    assert [shot.keyframes for shot in fake.shots] == [(), ()]
    assert Image.open(out / "A/a001.tga").mode == "RGB"
    assert Image.open(out / "B/b001.png").mode == "RGBA"
    assert Image.open(out / "A/a001.tga").size == (64, 48)


def test_nothing_is_left_of_the_work(cut: Path, out: Path) -> None:
    color(cut, out)
    assert sorted(path.name for path in out.iterdir()) == ["A", "B", NAME]


def test_nothing_changed_means_nothing_painted(cut: Path, out: Path) -> None:
    color(cut, out)
    before = contents(out)
    fake, _ = color(cut, out)
    assert fake.shots == []
    assert written(before, out) == []


def test_a_changed_drawing_alone_is_painted_between_its_neighbours(cut: Path, out: Path) -> None:
    color(cut, out)
    before = contents(out)
    save(lines(9), cut / "A/a002.tga")
    fake, _ = color(cut, out)
    assert written(before, out) == ["A/a002.tga"]
    assert fake.seen == [0, 1, 2]
    assert fake.keyframes == [0, 2]


def test_a_new_drawing_alone_is_painted(cut: Path, out: Path) -> None:
    color(cut, out)
    before = contents(out)
    save(lines(18), cut / "A/a004.tga")
    fake, _ = color(cut, out)
    assert written(before, out) == ["A/a004.tga"]
    assert fake.keyframes == [0]


def test_a_missing_cel_is_painted_again(cut: Path, out: Path) -> None:
    color(cut, out)
    before = contents(out)
    (out / "B/b002.png").unlink()
    color(cut, out)
    assert written(before, out) == ["B/b002.png"]


def test_a_retake_is_painted_by_itself_its_old_cel_beside_it(cut: Path, out: Path) -> None:
    color(cut, out)
    before = contents(out)
    save(lines(10), cut / "A.R1/a002.tga")
    fake, _ = color(cut, out)
    assert written(before, out) == ["A.R1/a002.tga"]
    # a001, a002, A.R1/a002, a003: the nearest painted before the retake is what it replaces.
    assert fake.seen == [0, 1, 2]
    assert fake.keyframes == [0, 2]


def test_a_retake_in_another_format_changes_the_format_of_nothing(cut: Path, out: Path) -> None:
    color(cut, out)
    before = contents(out)
    save(lines(10), cut / "A.R1/a001.png")
    color(cut, out)
    assert written(before, out) == ["A.R1/a001.tga"]


def test_of_equal_drawings_those_with_a_keyframe_have_its_colors(
    cut: Path, out: Path, tmp_path: Path
) -> None:
    copy(cut / "A/a001.tga", cut / "A/a005.tga")
    render = SMALL.model_copy(
        update={"finish": Finish(), "keyframes": keys(tmp_path / "keys", a005=4)}
    )
    color(cut, out, render)
    assert (pixels(out / "A/a005.tga") == pixels(tmp_path / "keys/A/a005.png")).all()
    assert (out / "A/a001.tga").read_bytes() == (out / "A/a005.tga").read_bytes()


def test_equal_drawings_are_painted_once_and_have_one_cel(cut: Path, out: Path) -> None:
    copy(cut / "A/a001.tga", cut / "A/a005.tga")
    fake, _ = color(cut, out)
    assert fake.seen == [0, 1, 2, 0, 1]
    assert (out / "A/a005.tga").read_bytes() == (out / "A/a001.tga").read_bytes()
    copy(cut / "A/a002.tga", cut / "A/a006.tga")
    fake, _ = color(cut, out)
    assert fake.shots == []
    assert (out / "A/a006.tga").read_bytes() == (out / "A/a002.tga").read_bytes()


def test_settings_that_decide_pixels_paint_all_again(cut: Path, out: Path) -> None:
    """And it is said, as who approves or adds a drawing may only have forgotten them."""
    color(cut, out)
    before = contents(out)
    other = SMALL.model_copy(update={"network": Network(size=68, device="cpu")})
    assert plan(cut, out, other).count(Fate.PAINT) == 5
    why = "painted anew: they were made with other settings, keyframes or another palette"
    assert plan(cut, out, other).remarks == (f"A: 3 cels are {why}", f"B: 2 cels are {why}")
    elsewhere = SMALL.model_copy(update={"network": Network(size=64, device="cuda:0")})
    assert plan(cut, out, elsewhere).count(Fate.PAINT) == 0
    color(cut, out, other)
    assert written(before, out) == ALL


def test_a_keyframe_paints_its_layer_again_and_shows_its_colors(
    cut: Path, out: Path, tmp_path: Path
) -> None:
    color(cut, out)
    before = contents(out)
    keyed = SMALL.model_copy(update={"keyframes": keys(tmp_path / "keys", a002=8)})
    fake, _ = color(cut, out, keyed)
    assert written(before, out) == ALL[:3]
    assert fake.keyframes == [1]
    assert plan(cut, out, keyed).count(Fate.KEEP) == 5
    keys(tmp_path / "keys", b001=26)
    assert [dict(layer.fates)[Fate.PAINT] for layer in plan(cut, out, keyed).layers] == [0, 2]


def test_keyframes_may_be_tga(cut: Path, out: Path, tmp_path: Path) -> None:
    save(painted(4), tmp_path / "keys/A/a001.tga")
    fake, _ = color(cut, out, SMALL.model_copy(update={"keyframes": tmp_path / "keys"}))
    assert [key.index for key in fake.shots[0].keyframes] == [0]


def test_an_approved_cel_is_never_written_and_says_what_is_right(cut: Path, out: Path) -> None:
    color(cut, out)
    before = contents(out)
    other = SMALL.model_copy(update={"network": Network(size=68, device="cpu")})
    fake, manifest = color(cut, out, other, approve=("A/a002",), overwrite=True)
    assert written(before, out) == ["A/a001.tga", "A/a003.tga", "B/b001.png", "B/b002.png"]
    assert manifest.drawings["A/a002"].approved
    assert [key.index for key in fake.shots[0].keyframes] == [1]
    assert plan(cut, out, other).count(Fate.LOCKED) == 1
    released = plan(cut, out, other, release=("A/*",))
    assert released.count(Fate.LOCKED) == 0
    assert released.count(Fate.PAINT) == 1


def test_an_approved_cel_of_a_changed_drawing_stays_and_is_remarked(cut: Path, out: Path) -> None:
    color(cut, out)
    before = contents(out)
    color(cut, out, approve=("A/*",))
    save(lines(9), cut / "A/a002.tga")
    save(lines(20), cut / "A/a003.tga")
    planned = plan(cut, out)
    assert planned.remarks == (
        "A/a002 is locked, but its drawing has changed since",
        "A/a003 is locked, but its drawing has changed since",
    )
    color(cut, out)
    assert written(before, out) == []


def test_what_a_person_painted_over_is_kept_and_shown_to_its_neighbours(
    cut: Path, out: Path
) -> None:
    color(cut, out)
    save(painted(4), out / "A/a001.tga")
    save(lines(9), cut / "A/a002.tga")
    before = contents(out)
    fake, _ = color(cut, out)
    assert written(before, out) == ["A/a002.tga"]
    assert fake.keyframes == [0, 2]
    color(cut, out, overwrite=True)
    assert written(before, out) == ["A/a001.tga", "A/a002.tga"]


def test_a_run_that_stopped_before_its_files_had_their_names_goes_on(
    cut: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    color(cut, out)
    old = contents(out)
    save(lines(9), cut / "A/a002.tga")
    save(lines(15), cut / "A/a003.tga")
    replace = Path.replace

    def broken(self: Path, target: Path) -> Path:
        if target.name == "a003.tga":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(AnimecolorError, match="disk is full"):
        color(cut, out)
    monkeypatch.undo()
    assert written(old, out) == ["A/a002.tga"]
    before = contents(out)
    color(cut, out)
    assert written(before, out) == ["A/a003.tga"]


def test_a_layer_that_cannot_be_painted_leaves_the_finished_ones(cut: Path, out: Path) -> None:
    (cut / "B/b002.png").write_bytes(b"no picture")
    with pytest.raises(AnimecolorError, match=r"b002\.png"):
        color(cut, out)
    assert list(contents(out)) == ALL[:3]
    save(lines(22, alpha=True), cut / "B/b002.png")
    before = contents(out)
    color(cut, out)
    assert written(before, out) == ALL[3:]


def test_drawings_of_two_sizes_are_refused(cut: Path, out: Path) -> None:
    Image.new("RGB", (60, 48), "white").save(cut / "A/a003.tga")
    with pytest.raises(UsageError, match=r"a003\.tga is 60x48 but .*a001\.tga is 64x48"):
        color(cut, out)
    assert contents(out) == {}


def test_the_format_may_be_chosen(cut: Path, out: Path) -> None:
    color(cut, out, SMALL.model_copy(update={"output": Output(preset="png")}))
    assert list(contents(out))[:3] == ["A/a001.png", "A/a002.png", "A/a003.png"]


def test_a_sheet_decides_the_order(cut: Path, out: Path) -> None:
    with_sheet(cut, {"A": {0: "3", 2: "1"}, "B": {0: "2"}}, 4)
    color(cut, out)
    save(lines(9), cut / "A/a001.tga")
    fake, _ = color(cut, out)
    assert fake.keyframes == [0, 2]  # a003 before it, a002, which is not on the sheet, after it


def test_what_left_the_cut_is_remarked(cut: Path, out: Path) -> None:
    color(cut, out)
    (cut / "A/a003.tga").unlink()
    assert plan(cut, out).remarks == ("painted, but not in the cut any more: A/a003",)


@pytest.mark.parametrize("where", [".", "A", "A/deeper", ".."])
def test_the_output_may_not_be_in_the_way(where: str, cut: Path) -> None:
    with pytest.raises(UsageError, match="name another output"):
        plan(cut, cut / where)


def test_an_output_that_is_something_else_is_refused(cut: Path, out: Path) -> None:
    out.write_text("hello")
    with pytest.raises(UsageError, match="is a file"):
        plan(cut, out)
    out.unlink()
    save(painted(4), out / "mine.png")
    with pytest.raises(UsageError, match="not empty"):
        plan(cut, out)
    assert plan(cut, out, overwrite=True).count(Fate.PAINT) == 5


def test_keyframes_of_nothing_here_are_refused(cut: Path, out: Path, tmp_path: Path) -> None:
    keyed = SMALL.model_copy(update={"keyframes": keys(tmp_path / "keys", z001=4)})
    with pytest.raises(UsageError, match="holds no painted cel of"):
        plan(cut, out, keyed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a JSON file"),
        ("[" * 100_000, "is not a JSON file"),
        ('{"version": 2}', "version"),
        ('{"drawings": {"A/a001": {}}}', "drawings.A/a001.source"),
        ('{"more": 1}', "unknown key more"),
    ],
)
def test_a_broken_manifest_is_said_so(text: str, said: str, cut: Path, out: Path) -> None:
    out.mkdir()
    (out / NAME).write_text(text)
    with pytest.raises(UsageError, match=said):
        plan(cut, out)


def test_approving_what_is_not_painted_names_what_is(cut: Path, out: Path) -> None:
    color(cut, out)
    with pytest.raises(UsageError, match="no painted cel is called A/a009; there are: A/a001"):
        plan(cut, out, approve=("A/a009",))


def test_the_manifest_is_plain_json(cut: Path, out: Path) -> None:
    color(cut, out, approve=())
    content = json.loads((out / NAME).read_text())
    assert list(content["drawings"]) == [name.rsplit(".", 1)[0] for name in ALL]
    assert read_manifest(out) is not None
    assert read_manifest(cut) is None


def test_the_preview_is_made_anew_only_when_it_shows_something_else(cut: Path, out: Path) -> None:
    with_sheet(cut, {"A": {0: "1", 2: "2", 4: "3"}, "B": {0: "1"}}, 6)
    color(cut, out)
    before = contents(out)
    assert "preview.mp4" in before
    assert before["cut.xdts"][0] == (cut / "cut.xdts").read_bytes()
    color(cut, out)
    assert written(before, out) == []
    with_sheet(cut, {"A": {0: "1", 2: "2", 4: "3"}, "B": {0: "2"}}, 6)
    color(cut, out)
    assert written(before, out) == ["cut.xdts", "preview.mp4"]
    before = contents(out)
    save(lines(9), cut / "A/a002.tga")
    color(cut, out)
    assert written(before, out) == ["A/a002.tga", "preview.mp4"]
