"""Where a run's settings come from, who wins, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animecolor.config import Layer, Render, preset_names, read_layer, read_preset, settle, to_toml
from animecolor.errors import UsageError

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def flags(**settings: object) -> Layer:
    return Layer("the command line", settings)


def test_nothing_said_means_the_defaults() -> None:
    assert settle([]) == Render()


def test_flag_wins_over_file_over_preset_over_default(tmp_path: Path) -> None:
    file = tmp_path / "show.toml"
    file.write_text('[network]\nsize = 300\n[output]\ncodec = "libx265"\n')
    layers = [read_preset("draft"), read_layer(file)]
    assert settle(layers[:1]).network.size == 128
    assert settle(layers).network.size == 300
    run = settle([*layers, flags(network={"size": 400})])
    assert run.network.size == 400
    assert run.output.codec == "libx265"  # the file's word stands where no flag spoke
    assert run.output.preset == "review"  # and the preset's where neither did
    assert run.network.model == Render().network.model


def test_encoder_options_of_two_layers_join() -> None:
    low = Layer("a", {"output": {"options": {"crf": "17", "tune": "film"}}})
    run = settle([low, flags(output={"options": {"crf": "20"}})])
    assert run.output.options == {"crf": "20", "tune": "film"}


def test_no_cuts_overrules_a_list_from_a_file() -> None:
    low = Layer("a", {"shots": {"list": "cuts.csv"}})
    assert settle([low, flags(shots={"detect": False, "list": None})]).shots.list is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[network]\nsise = 3\n", "unknown key network.sise"),
        ("colour = 3\n", "unknown key colour"),
        ("network = 3\n", "network must be a table"),
        ('[network]\nsize = "big"\n', "network.size = 'big'"),
        ("[network]\nsize = 3\n", "network.size = 3"),
        ('mode = "sepia"\n', "mode = 'sepia'"),
        ("mode = \n", "is not a TOML file"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"wrong\.toml") as refused:
        settle([read_layer(file)])
    assert complaint in str(refused.value)


def test_a_missing_file_and_an_unknown_preset_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no\\.toml: No such file"):
        read_layer(tmp_path / "no.toml")
    with pytest.raises(UsageError, match="no preset is called x; there are draft, final"):
        read_preset("x")


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text('[shots]\nlist = "cuts.csv"\n')
    assert settle([read_layer(tmp_path / "run.toml")]).shots.list == tmp_path / "cuts.csv"


@pytest.mark.parametrize("name", preset_names())
def test_presets_that_ship_are_valid(name: str) -> None:
    assert settle([read_preset(name)]) != Render()


@given(st.dictionaries(WORDS, WORDS, max_size=4), st.floats(0.1, 8), st.booleans(), WORDS)
def test_a_written_run_reads_back_the_same(
    options: dict[str, str], sigma: float, hold: bool, remark: str
) -> None:
    run = settle(
        [flags(hold=hold, lines={"sigma": sigma}, output={"options": options, "codec": "ffv1"})]
    )
    again = tomllib.loads(to_toml(run, ["made by", remark]))
    assert settle([Layer("record", again)]) == run


def test_references_are_a_list_of_paths_and_are_written_as_one(tmp_path: Path) -> None:
    (tmp_path / "show.toml").write_text('references = ["hero.png", "villain\x20\\"x\\".png"]\n')
    run = settle([read_layer(tmp_path / "show.toml")])
    assert run.references == (tmp_path / "hero.png", tmp_path / 'villain "x".png')
    assert settle([Layer("record", tomllib.loads(to_toml(run)))]) == run
    assert settle([read_layer(tmp_path / "show.toml"), flags(references=["a.png"])]).references == (
        Path.cwd() / "a.png",
    )
    with pytest.raises(UsageError, match=r"references = 'hero.png': input should be a valid tuple"):
        settle([flags(references="hero.png")])
