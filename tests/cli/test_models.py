"""Listing, showing and verifying models."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from animecolor.cli import main
from animecolor.cli.models import fault_of
from animecolor.models.card import ModelCard, Score, Source
from animecolor.models.registry import MODELS
from animecolor.models.weights import sha256

CARD = ModelCard(
    name="toy",
    summary="paints everything red",
    reads=("line", "gray"),
    paper="none",
    parameters=1234567,
    license="Apache-2.0",
    weights_sha256="0" * 64,
    recipe="python -m toy",
    sources=(Source(name="toon", license="ours", clips=7),),
    scores=(
        Score(what="PSNR", value=20.5, unit="dB", baselines={"grey": 15.0}, command="run this"),
    ),
    failures=("everything that is not red",),
)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A model in the registry whose weights are the word "red"."""
    weights = tmp_path / "toy.safetensors"
    weights.write_text("red")
    card = CARD.model_copy(update={"weights_sha256": sha256(weights)})
    spec = SimpleNamespace(name="toy", card=card, weights=weights)
    monkeypatch.setitem(MODELS, "toy", spec)  # type: ignore[arg-type]
    return spec


def test_list_says_size_license_and_a_score_of_each(
    toy: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(MODELS)
    assert lines[-3].split() == (
        ["toy", "reads", "line+gray", "1.2", "M", "parameters", "0.0", "MB", "Apache-2.0"]
    )
    assert lines[-2:] == [f"  {CARD.summary}", "  PSNR: 20.5 dB (beside: grey 15)"]


def test_show_prints_the_whole_card(toy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "toy"]) == 0
    said = capsys.readouterr().out
    for fact in (
        "toy: paints everything red",
        "parameters  1,234,567",
        "  toon: 7 clips, ours",
        "  everything that is not red",
        "  PSNR: 20.5 dB (beside: grey 15)",
        "    run this",
    ):
        assert fact in said.splitlines()


def test_show_as_json_reads_back(toy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "toy", "--json"]) == 0
    assert ModelCard.model_validate(json.loads(capsys.readouterr().out)) == toy.card


def test_an_unknown_model_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "dall-e"]) == 2
    assert "there is no model 'dall-e'" in capsys.readouterr().err


def test_verify_tells_whole_from_damaged_and_missing(
    toy: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "verify", "toy"]) == 0
    assert capsys.readouterr().out.split() == ["toy", "ok"]
    toy.weights.write_text("green")
    assert main(["models", "verify", "toy"]) == 5
    captured = capsys.readouterr()
    assert "SHA-256 is" in captured.out
    assert captured.err == "animecolor: weights are missing or damaged: toy\n"
    toy.weights.unlink()
    assert main(["models", "verify", "toy"]) == 5
    assert "missing" in capsys.readouterr().out


@pytest.mark.parametrize("name", MODELS)
def test_weights_that_ship_are_those_the_card_names(name: str) -> None:
    assert fault_of(MODELS[name]) is None
