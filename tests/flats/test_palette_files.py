"""Palette files: round trips, bytes written out by hand, other programs' readers, hostile files."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.GimpPaletteFile import GimpPaletteFile

from animecolor.errors import AnimecolorError, UsageError
from animecolor.flats.palette import Palette, Swatch, tidy
from animecolor.flats.palette_files import read_palette, write_palette

LEVEL = st.integers(0, 255)
NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(tidy)
SWATCH = st.builds(Swatch, st.tuples(LEVEL, LEVEL, LEVEL), NAME, st.integers(0, 1 << 40))
PALETTE = st.builds(Palette, st.lists(SWATCH, min_size=1, max_size=12).map(tuple), NAME)

GIRL = Palette(
    (Swatch((255, 204, 0), "hair", 12), Swatch((0, 0, 0)), Swatch((1, 128, 254), "目 shadow", 3)),
    "girl",
)

GPL = b"""GIMP Palette
Name: girl
Columns: 0
#
255 204   0\thair
  0   0   0\tUntitled
  1 128 254\t\xe7\x9b\xae shadow
"""

# Two groups, as Adobe's programs write them: UTF-16 names with their zero, float32 values.
ASE = b"".join(
    (
        b"ASEF\x00\x01\x00\x00\x00\x00\x00\x07",
        b"\xc0\x01\x00\x00\x00\x0c\x00\x05\x00g\x00i\x00r\x00l\x00\x00",
        b"\x00\x01\x00\x00\x00\x22\x00\x07\x00y\x00e\x00l\x00l\x00o\x00w\x00\x00",
        b"RGB \x3f\x80\x00\x00\x3f\x4c\xcc\xcd\x00\x00\x00\x00\x00\x02",
        b"\xc0\x02\x00\x00\x00\x00",
        b"\xc0\x01\x00\x00\x00\x0a\x00\x04\x00b\x00o\x00y\x00\x00",
        b"\x00\x01\x00\x00\x00\x16\x00\x05\x00i\x00r\x00i\x00s\x00\x00",
        b"Gray\x3f\x00\x00\x00\x00\x00",
        b"\xc0\x02\x00\x00\x00\x00",
        b"\x00\x01\x00\x00\x00\x14\x00\x00RGB " + 3 * b"\x3f\x80\x00\x00" + b"\x00\x02",
    )
)


def without_counts(palette: Palette) -> Palette:
    return Palette(tuple(Swatch(s.rgb, s.name) for s in palette.swatches), palette.name)


@settings(max_examples=60, deadline=None)
@given(palette=PALETTE)
def test_toml_keeps_everything(palette: Palette, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("toml") / "a.toml"
    write_palette(palette, path)
    assert read_palette(path) == palette


@settings(max_examples=60, deadline=None)
@given(palette=PALETTE, kind=st.sampled_from([".gpl", ".ase", ".ASE"]))
def test_other_programs_files_keep_colors_and_names(
    palette: Palette, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("other") / f"a{kind}"
    write_palette(palette, path)
    assert read_palette(path) == without_counts(palette)


def test_a_gimp_palette_is_written_as_gimp_does_and_read(tmp_path: Path) -> None:
    path = tmp_path / "girl.gpl"
    write_palette(GIRL, path)
    assert path.read_bytes() == GPL
    path.write_bytes(b"\xef\xbb\xbf" + GPL.replace(b"\n", b"\r\n"))
    assert read_palette(path) == without_counts(GIRL)


def test_pillow_reads_our_gimp_palette(tmp_path: Path) -> None:
    path = tmp_path / "girl.gpl"
    write_palette(GIRL, path)
    colors, mode = GimpPaletteFile(io.BytesIO(path.read_bytes())).getpalette()
    assert mode == "RGB"
    assert colors[:9] == bytes([255, 204, 0, 0, 0, 0, 1, 128, 254])


def test_old_gimp_palettes_have_no_header(tmp_path: Path) -> None:
    path = tmp_path / "old.gpl"
    path.write_text("GIMP Palette\n# made long ago\n1 2 3\n\n 4\t5 6 Name: odd\n")
    assert read_palette(path) == Palette((Swatch((1, 2, 3)), Swatch((4, 5, 6), "Name: odd")))


def test_an_adobe_file_is_read_with_its_groups(tmp_path: Path) -> None:
    path = tmp_path / "sheet.ase"
    path.write_bytes(ASE)
    expected = (
        Swatch((255, 204, 0), "girl.yellow"),
        Swatch((128, 128, 128), "boy.iris"),
        Swatch((255, 255, 255)),
    )
    assert read_palette(path) == Palette(expected)


def test_an_adobe_file_is_written_block_by_block(tmp_path: Path) -> None:
    path = tmp_path / "sheet.ase"
    write_palette(Palette((Swatch((255, 204, 0), "yellow"),), "girl"), path)
    group_and_color = ASE[12 : 12 + 18 + 40 + 6]
    assert path.read_bytes() == b"ASEF\x00\x01\x00\x00\x00\x00\x00\x03" + group_and_color


def ase(*blocks: tuple[int, bytes], count: int | None = None) -> bytes:
    data = b"".join(struct.pack(">HI", kind, len(body)) + body for kind, body in blocks)
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks) if count is None else count) + data


def color(model: bytes, *values: float, name: bytes = b"\0\1\0\0") -> tuple[int, bytes]:
    return 1, name + model + struct.pack(f">{len(values)}f", *values) + b"\0\2"


NAN = float("nan")
HOSTILE = [
    ("a.toml", b"", "holds no color"),
    ("a.toml", b"swatch = 3", "swatch"),
    ("a.toml", b"[[swatch]]\nrgb = '#12345'", "swatch.0.rgb"),
    ("a.toml", b"[[swatch]]\nrgb = '#1234567'", "swatch.0.rgb"),
    ("a.toml", b"[[swatch]]\nrgb = [1, 2, 3]", "swatch.0.rgb"),
    ("a.toml", b"[[swatch]]\nrgb = '#123456'\ncount = -1", "swatch.0.count"),
    ("a.toml", b"[[swatch]]\nrgb = '#123456'\nalpha = 1", "unknown key swatch.0.alpha"),
    ("a.toml", b"x = " + 9000 * b"[", "is not a .toml palette"),
    ("a.toml", b"name = '\xff'", "the text is not UTF-8"),
    ("a.toml", b"[[swatch]]\nrgb = '" + 9000 * b"#" + b"'", "swatch.0.rgb"),
    ("a.toml", 256 * b"[[swatch]]\nrgb = '#123456'\n", "holds 256 colors; the most is 255"),
    ("a.toml", (1 << 20) * b"#" + b"\n", "too large"),
    ("a.gpl", b"", "first line"),
    ("a.gpl", b"GIMP Gradient\n", "first line"),
    ("a.gpl", b"GIMP Palette\nName: a\n", "holds no color"),
    ("a.gpl", b"GIMP Palette\n1 2\n", "line 2 is not a color"),
    ("a.gpl", b"GIMP Palette\n1 2 3\n1 2 256 x\n", "line 3 is not a color"),
    ("a.gpl", b"GIMP Palette\n-1 2 3\n", "line 2 is not a color"),
    ("a.gpl", b"GIMP Palette\n1 2 3x\n", "line 2 is not a color"),
    ("a.gpl", b"GIMP Palette\nChannels: RGBA\n1 2 3 255 x\n", "line 2 is not a color"),
    ("a.gpl", "GIMP Palette\n१ २ ३\n".encode(), "line 2 is not a color"),
    ("a.gpl", b"GIMP Palette\n1 2 3 caf\xe9\n", "the text is not UTF-8"),
    ("a.ase", b"", "does not begin as one"),
    ("a.ase", b"ASEF\0\1", "does not begin as one"),
    ("a.ase", b"ASEF\0\2" + bytes(6), "version 2"),
    ("a.ase", ase(), "holds no color"),
    ("a.ase", ase(count=1 << 31), "ends in block 1"),
    ("a.ase", ase(color(b"RGB ", 0, 0, 0), count=9), "ends in block 2"),
    ("a.ase", ase(color(b"RGB ", 0, 0, 0))[:-4], "longer than the file"),
    ("a.ase", ase()[:8] + b"\0\0\0\1\0\1\xff\xff\xff\xff", "longer than the file"),
    ("a.ase", ase(color(b"RGB ", 0, 0, 0, name=b"\xff\xff\0\0")), "a name is longer"),
    ("a.ase", ase((1, b"")), "a name is longer"),
    ("a.ase", ase((0xC001, b"\0")), "a name is longer"),
    ("a.ase", ase((1, b"\0\0RGB \0\0")), "cut short"),
    ("a.ase", ase(color(b"HSB ", 0, 0, 0)), "no known color model"),
    ("a.ase", ase(color(b"RGB ", NAN, 0, 0)), "nan"),
    ("a.ase", ase(color(b"RGB ", 0, float("inf"), 0)), "inf"),
    ("a.ase", ase(color(b"RGB ", 0, 255, 0)), "255"),
    ("a.ase", ase(color(b"CMYK", 0, 0, 0, 0, name=b"\0\2\0k\0\0")), "the color 'k' is CMYK"),
    ("a.ase", ase(color(b"LAB ", 0.5, 0, 0)), "is LAB"),
]


@pytest.mark.parametrize(("name", "data", "said"), HOSTILE)
def test_hostile_files_end_in_one_sentence(
    name: str, data: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UsageError) as caught:
        read_palette(path)
    sentence = str(caught.value)
    assert said in sentence
    assert str(path) in sentence
    assert "\n" not in sentence
    assert len(sentence) < 300 + len(str(path))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), source=st.sampled_from([("a.ase", ASE), ("a.gpl", GPL)]))
def test_damage_never_ends_in_a_traceback(
    data: st.DataObject, source: tuple[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    name, whole = source
    path = tmp_path_factory.mktemp("damaged") / name
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if broken:
            broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(LEVEL)
    path.write_bytes(broken)
    try:
        palette = read_palette(path)
    except UsageError:
        return
    assert all(0 <= level <= 255 for swatch in palette.swatches for level in swatch.rgb)


def test_duplicates_keep_their_places(tmp_path: Path) -> None:
    twice = Palette((Swatch((1, 2, 3), "hair"), Swatch((1, 2, 3), "shoes"), Swatch((1, 2, 3))))
    for name in ("a.toml", "a.gpl", "a.ase"):
        write_palette(twice, tmp_path / name)
        assert read_palette(tmp_path / name) == twice


@pytest.mark.parametrize("name", ["missing.toml", "folder.gpl"])
def test_what_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.gpl").mkdir()
    with pytest.raises(UsageError, match="cannot read the palette .*" + name):
        read_palette(tmp_path / name)


@pytest.mark.parametrize("name", ["a.json", "a", "toml"])
def test_an_unknown_extension_is_refused_before_anything(name: str, tmp_path: Path) -> None:
    for call in (read_palette, lambda path: write_palette(GIRL, path)):
        with pytest.raises(UsageError, match=r"must be one of \.toml, \.gpl, \.ase"):
            call(tmp_path / name)


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "folder.toml" / "kept").touch()
    for path in (tmp_path / "folder.toml", tmp_path / "none" / "a.toml"):
        with pytest.raises(AnimecolorError, match="cannot be written"):
            write_palette(GIRL, path)
    assert [entry.name for entry in tmp_path.rglob("*")] == ["folder.toml", "kept"]


def test_an_existing_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("old")
    write_palette(GIRL, path)
    assert read_palette(path) == GIRL
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.toml"]


def test_names_that_would_command_a_terminal_or_break_a_line_are_tamed(tmp_path: Path) -> None:
    wild = Palette((Swatch((1, 2, 3), "a\n4 5 6\x1b[2J\u2028b"),), "x\ny" + "z" * 300)
    for name in ("a.toml", "a.gpl", "a.ase"):
        write_palette(wild, tmp_path / name)
        back = read_palette(tmp_path / name)
        assert [swatch.name for swatch in back.swatches] == ["a 4 5 6 [2J b"]
        assert back.name == "x y" + "z" * 197
