"""Cut folders: layers, retakes, and where folder and timesheet disagree."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.cels.folder import Cut, Layer, is_cut, read_cut
from animecolor.errors import UsageError
from tests.cels.test_timesheet import entry, put, sheet


def cut(folder: Path, *names: str) -> Path:
    """A folder with these files, empty: nothing here looks inside."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def names(layer: Layer) -> list[str]:
    return [drawing.name for drawing in layer.drawings]


def shown(layer: Layer) -> list[str | None]:
    return [None if cell is None else cell.name for cell in layer.cells]


def the_layer(read: Cut) -> Layer:
    (layer,) = read.layers
    return layer


def test_a_folder_of_layers_is_a_cut_and_a_sequence_is_not(tmp_path: Path) -> None:
    assert is_cut(cut(tmp_path / "cut", "A/a001.tga", "notes.txt"))
    assert not is_cut(cut(tmp_path / "sequence", "a001.png", "old/a001.png"))
    assert is_cut(cut(tmp_path / "board", "A/a001.tga", "board1.jpg", "c1.xdts"))
    assert not is_cut(cut(tmp_path / "texts", "A/a.txt", ".A/a001.png"))
    assert not is_cut(tmp_path / "nothing")
    assert not is_cut(cut(tmp_path, "one.png") / "one.png")


def test_layers_and_drawings_are_in_order(tmp_path: Path) -> None:
    read = read_cut(cut(tmp_path, "B/b0001.png", "A/a010.TGA", "A/a2.tga", "A/a002a.tga"))
    assert [layer.name for layer in read.layers] == ["A", "B"]
    assert names(read.layers[0]) == ["A/a2", "A/a002a", "A/a010"]
    assert read.sheet is None
    assert read.layers[0].cells == ()


def test_the_highest_retake_wins(tmp_path: Path) -> None:
    files = ("A/a001.tga", "A/a002.tga", "A.R1/a002.tga", "A.R2/A0002.png", "a.r10/a003.tga")
    layer = the_layer(read_cut(cut(tmp_path, *files)))
    assert layer.name == "A"
    assert names(layer) == ["A/a001", "A.R2/A0002", "a.r10/a003"]
    assert [drawing.name for drawing in layer.retaken] == ["A/a002", "A.R1/a002"]


def test_the_sheet_finds_retakes_and_orders_by_exposure(tmp_path: Path) -> None:
    cut(tmp_path, "A/a001.tga", "A/a002.tga", "A/a003.tga", "A.R1/a002.tga")
    put(tmp_path, sheet([entry(0, "a003"), entry(2, "a002"), entry(4, "1")]))
    layer = the_layer(read_cut(tmp_path))
    assert names(layer) == ["A/a003", "A.R1/a002", "A/a001"]
    assert shown(layer) == ["A/a003"] * 2 + ["A.R1/a002"] * 2 + ["A/a001"] * 2


@pytest.mark.parametrize("cell", ["2", "002", "a002", "A0002", "b2"])
def test_a_cell_names_a_drawing_by_its_number(cell: str, tmp_path: Path) -> None:
    cut(tmp_path, "A/a001.tga", "A/a002.tga")
    put(tmp_path, sheet([entry(0, cell), entry(1, "SYMBOL_NULL_CELL"), entry(5, "1")]))
    shows = [*["A/a002"], *[None] * 4, "A/a001"]
    assert shown(the_layer(read_cut(tmp_path))) == shows


def test_what_does_not_agree_is_remarked(tmp_path: Path) -> None:
    cut(tmp_path, "A/a001.tga", "A/a007.tga", "BG/bg01.png")
    put(tmp_path, sheet([entry(0, "1"), entry(2, "4"), entry(3, "../../x")], [entry(0, "1")]))
    read = read_cut(tmp_path)
    assert read.remarks == (
        "A: on the timesheet but not in the folder: 4, ../../x",
        "A: in the folder but not on the timesheet: A/a007",
        "layer B is on the timesheet but has no folder",
        "folder BG is not on the timesheet: left out",
    )
    assert names(the_layer(read)) == ["A/a001", "A/a007"]
    assert shown(the_layer(read)) == ["A/a001"] * 2 + [None] * 4


def test_an_agreeing_cut_is_not_remarked_upon(tmp_path: Path) -> None:
    cut(tmp_path, "A/a001.tga", "B/b001.png")
    put(tmp_path, sheet([entry(0, "1")], [entry(0, "1")]))
    assert read_cut(tmp_path).remarks == ()


def test_two_files_of_one_drawing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a001\.png and a001\.tga are the same drawing"):
        read_cut(cut(tmp_path, "A/a001.png", "A/a001.tga"))


def test_two_folders_of_one_layer_are_refused(tmp_path: Path) -> None:
    """The sheet would find one of them only, and some systems would write both into one."""
    cut(tmp_path, "B/b001.png", "b/b001.png")
    with pytest.raises(UsageError, match="holds B and b, which are the same layer"):
        read_cut(tmp_path)


@pytest.mark.parametrize("name", ["A\udcff/a001.tga", "A/a\udcff001.tga"])
def test_a_name_that_is_no_text_is_refused(name: str, tmp_path: Path) -> None:
    try:
        cut(tmp_path, name)
    except OSError:
        pytest.skip("the file system has no such names")
    with pytest.raises(UsageError, match="its name is not UTF-8"):
        read_cut(tmp_path)


def test_two_sheets_or_no_layer_of_the_sheet_are_refused(tmp_path: Path) -> None:
    cut(tmp_path, "Z/z001.tga")
    put(tmp_path, sheet([entry(0, "1")]))
    with pytest.raises(UsageError, match="no layer of the timesheet"):
        read_cut(tmp_path)
    (tmp_path / "other.XDTS").touch()
    with pytest.raises(UsageError, match="several timesheets"):
        read_cut(tmp_path)
