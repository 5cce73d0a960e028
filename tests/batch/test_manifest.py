"""Manifests: both spellings say the same, and everything that is wrong is said at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animecolor.batch.manifest import FaultyManifest, Sheet, read_manifest
from animecolor.errors import UsageError
from tests.batch.episodes import Season

SCHEMA = Path(__file__).parents[2] / "docs/batch.schema.json"


def faults(path: Path) -> list[tuple[int, str]]:
    with pytest.raises(FaultyManifest) as caught:
        read_manifest(path)
    return [(fault.line, fault.sentence) for fault in caught.value.faults]


def test_toml_and_csv_say_the_same(season: Season) -> None:
    (season.root / "keys").mkdir()
    season.write(
        '[[episode]]\nname = "a"\nsource = "ep01.mkv"\nkeyframes = "keys"\npriority = 3\n'
        'caption = "red, \\"blue\\""\nencode = "master"\nconfig = "look.toml"\nmode = "gray"\n',
        defaults="",
    )
    table = season.root / "season.csv"
    table.write_text(
        "name,source,keyframes,priority,caption,encode,config,mode\n"
        'a,ep01.mkv,keys,3,"red, ""blue""",master,look.toml,gray\n'
    )
    (first,), (second,) = read_manifest(season.manifest).episodes, read_manifest(table).episodes
    assert first.render == second.render
    assert (first.name, first.source, first.output, first.priority) == (
        *(second.name, second.source, second.output, second.priority),
    )
    assert first.output == season.root.resolve() / "colored/a.mkv"
    assert first.render.network.size == 64
    assert (first.line, second.line) == (5, 2)


def test_every_fault_is_told_at_once_with_its_line(season: Season, tmp_path: Path) -> None:
    (tmp_path / "outside.mkv").touch()
    (season.root / "link.mkv").symlink_to(tmp_path / "outside.mkv")
    season.manifest.write_text(
        "[defaults]\n"  # 1
        'mode = "gray"\n'
        "[[episode]]\n"
        'name = "a"\n'
        'source = "../outside.mkv"\n'  # 5
        "[[episode]]\n"
        'name = "A"\n'  # 7
        'source = "link.mkv"\n'  # 8
        "[[episode]]\n"
        'name = "c"\n'
        'source = "ep01.mkv"\n'
        'keyframes = "gone"\n'  # 12
        "[[episode]]  # the last\n"
        'name = "d"\n'
        'source = "ep01.mkv"\n'
        'output = "ep01.mkv"\n'  # 16
    )
    found = faults(season.manifest)
    assert [line for line, _ in found] == [5, 7, 8, 12, 16]
    said = " | ".join(sentence for _, sentence in found)
    assert "outside.mkv lies outside" in said
    assert "link.mkv lies outside" in said
    assert "'A' is taken in line 4" in said
    assert "no such file or folder" in said
    assert "in the source of d" in said


def test_what_does_not_fit_the_schema_is_told_at_once(season: Season) -> None:
    season.manifest.write_text(
        '[[episode]]\nname = "a b"\nsource = "x"\n[[episode]]\nname = "b"\ncolour = 1\n'
        'source = "y"\nmode = "sepia"\npriority = 5000\n[defaults]\nfoo = 1\n'
    )
    found = faults(season.manifest)
    assert [line for line, _ in found] == [2, 6, 8, 9, 11]
    assert found[1][1] == "unknown key colour"
    assert found[4][1] == "unknown key foo"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no [[episode]]"),
        ('[[episode]]\nname = "a"\n', "source is missing"),
        ('version = 2\n[[episode]]\nname = "a"\nsource = "ep01.mkv"\n', "version = '2'"),
    ],
)
def test_incomplete(season: Season, text: str, said: str) -> None:
    season.manifest.write_text(text)
    assert any(said in sentence for _, sentence in faults(season.manifest))


@pytest.mark.parametrize("text", [b"[[episode", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_what_is_no_toml(season: Season, text: bytes) -> None:
    season.manifest.write_bytes(text)
    with pytest.raises(UsageError, match=r"not a TOML file|no text in UTF-8"):
        read_manifest(season.manifest)


def test_a_config_may_not_reach_outside_either(season: Season, tmp_path: Path) -> None:
    (tmp_path / "show.gpl").write_text("GIMP Palette\n0 0 0 black\n")
    (season.root / "look.toml").write_text('mode = "lineart"\n[finish]\npalette = "../show.gpl"\n')
    season.write('[[episode]]\nname = "a"\nsource = "ep01.mkv"\n')
    assert [(line, "outside" in said) for line, said in faults(season.manifest)] == [(2, True)]


def test_images_may_not_be_links_to_the_outside(season: Season, tmp_path: Path) -> None:
    (season.root / "ink").mkdir()
    (tmp_path / "secret.png").touch()
    (season.root / "ink/a0001.png").symlink_to(tmp_path / "secret.png")
    season.write('[[episode]]\nname = "a"\nsource = "ink"\n')
    assert "outside" in faults(season.manifest)[0][1]


def test_a_range_is_refused(season: Season) -> None:
    (season.root / "look.toml").write_text('[range]\nstart = "1"\n')
    season.write('[[episode]]\nname = "a"\nsource = "ep01.mkv"\n')
    assert "whole clips" in faults(season.manifest)[0][1]


def test_the_published_schema_is_the_one_that_is_checked() -> None:
    assert json.loads(SCHEMA.read_text()) == Sheet.model_json_schema()


CELLS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=5))
def test_whatever_a_table_holds_ends_in_faults_with_lines(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("table") / "season.csv"
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    path.write_text("name,source,mode,output\n" + "\n".join(quoted) + "\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:  # no such clip, at the least
        read_manifest(path)
    if isinstance(caught.value, FaultyManifest):
        assert all(1 <= fault.line <= len(rows) + 1 for fault in caught.value.faults)
    assert str(path) in str(caught.value)


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the manifest"):
        read_manifest(tmp_path / "gone.toml")
    os.mkdir(tmp_path / "folder.toml")
    with pytest.raises(UsageError, match="cannot read the manifest"):
        read_manifest(tmp_path / "folder.toml")
