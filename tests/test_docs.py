"""The README says what the cards say."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from animecolor.models.card import ModelCard, Score
from animecolor.models.registry import MODELS

ROOT = Path(__file__).parent.parent


def script(name: str) -> ModuleType:
    """A module of the folder of scripts, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_docs, make_card = script("make_docs"), script("make_card")
infrared_page = script("make_infrared_page")


def test_the_readme_is_made_from_the_cards() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert make_docs.fresh(readme, make_docs.main_cards()) == readme


@pytest.mark.parametrize("card", [spec.card for spec in MODELS.values()], ids=lambda c: c.name)
def test_a_changed_score_makes_the_readme_stale(card: ModelCard) -> None:
    score = card.scores[0]
    other = score.model_copy(update={"value": score.value + 1})
    changed = card.model_copy(update={"scores": (other, *card.scores[1:])})
    assert make_docs.table(changed) != make_docs.table(card)


@pytest.mark.parametrize("name", list(MODELS))
def test_a_card_holds_what_a_reader_needs(name: str) -> None:
    card = MODELS[name].card
    assert card.name == name
    assert card.sources
    assert card.failures
    assert all(score.baselines for score in card.scores)
    program, command, model, *options = card.scores[0].command.split()
    assert (program, command, model) == ("animecolor", "eval", name)
    if "--split" in options:
        assert (ROOT / options[options.index("--split") + 1]).is_file()


def test_a_figure_that_is_no_row_of_the_table_is_a_sentence() -> None:
    card = MODELS["tcvc"].card
    rank = Score(
        what="line art, rank",
        value=0.61,
        unit="",
        baselines={"by pixel": 0.4},
        command="animecolor",
    )
    with_rank = card.model_copy(update={"scores": (*card.scores, rank)})
    before, after = (make_docs.table(c).splitlines() for c in (card, with_rank))
    assert "- line art, rank: 0.61 (by pixel 0.4)." in after
    assert [line for line in after if line.startswith("|")] == [
        line for line in before if line.startswith("|")
    ]


def test_all_scores_of_a_still_model_are_rows() -> None:
    scores = (
        Score(what="PSNR", value=14.25, unit="dB", baselines={"copy": 13.4}, command="c"),
        Score(what="AE", value=5.125, unit="degrees", baselines={"copy": 6.05}, command="c"),
        Score(what="SSIM", value=0.5, unit="", baselines={"copy": 0.6}, command="c"),
    )
    card = MODELS["tcvc"].card.model_copy(update={"name": "still", "scores": scores})
    assert [line for line in make_docs.table(card).splitlines() if line.startswith("|")] == [
        "|  | **still** | copy |",
        "| --- | --- | --- |",
        "| PSNR, dB | 14.2 | 13.4 |",
        "| AE, degrees | 5.12 | 6.05 |",
        "| SSIM | 0.5 | 0.6 |",
    ]


def test_a_report_becomes_scores_of_a_card() -> None:
    rows = [
        {"what": "a", "value": 12.345, "unit": "dB", "baselines": {"b": 1.0, "none": None}},
        {"what": 'rank "x"', "value": 0.61449, "unit": "", "baselines": {"by pixel": 0.4}},
    ]
    text = "\n".join(make_card.scores({"scores": [{**row, "command": "c"} for row in rows]}))
    one, two = (Score(**row) for row in tomllib.loads(text)["scores"])
    assert (one.value, one.baselines) == (12.35, {"b": 1.0})
    assert (two.what, two.value) == ('rank "x"', 0.614)


def test_the_page_of_infrared_holds_what_was_measured_and_no_more(tmp_path: Path) -> None:
    bare = "\n".join(infrared_page.page(tmp_path, tmp_path))
    assert "| CycleGAN | 8.41 | 0.81 | 8.15 | 0.83 |" in bare
    assert "never seen" not in bare
    answers = {
        name: {"psnr": psnr, "ssim": 0.5, "ae": 6.0}
        for name, psnr in (("painted", 15.5), ("copy", 13.4), ("mean", 12.9), ("table", 14.0))
    }
    groups = {"epfl_urban": answers, "epfl_oldbuilding": answers}
    report = {"all": answers, "groups": groups, "pairs": [{}] * 25}
    (tmp_path / "snet").mkdir()
    (tmp_path / "snet" / "report.json").write_text(json.dumps(report))
    (tmp_path / "snet" / "validation.csv").write_text("step,psnr\n500,13.126\n")
    moved = {"snet": {"0": answers["painted"], "8": answers["copy"]}, "constants": {"0": {}}}
    (tmp_path / "misregistered").mkdir()
    (tmp_path / "misregistered" / "misregistered.json").write_text(json.dumps(moved))
    full = "\n".join(infrared_page.page(tmp_path, tmp_path))
    for line in (
        "## Scores on 25 pairs never seen",
        "| `snet` | 15.50 | 0.50 | 6.00 | 15.50 | 0.50 | 6.00 | 15.50 | 0.50 | 6.00 |",
        "| `snet` | PSNR dB | 15.500 | 13.400 |",
        "| 500 | 13.13 |",
    ):
        assert line in full.splitlines()
