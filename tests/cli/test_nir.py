"""``run --mode nir`` and ``eval`` of pairs, end to end, with a network of no worth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from animecolor.cli import main
from animecolor.models import snet
from animecolor.models.registry import MODELS, ModelSpec
from animecolor.models.weights import Header, save
from animecolor.video.probe import probe
from tests.training.infrared import draw_pair, write_pairs

CPU = ["--device", "cpu", "--precision", "fp32", "--progress", "none"]
CARD = """
name = "snet"
summary = "Of a test."
reads = ["nir"]
paper = "none"
parameters = 1
license = "research only"
notice = "for research and education only"
weights_sha256 = ""
recipe = "none"
sources = []
scores = []
failures = []
"""


@dataclass(frozen=True)
class TinySpec(ModelSpec):
    """A registered model whose card and weights lie elsewhere."""

    home: Path = Path()

    @property
    def weights(self) -> Path:
        return self.home / "snet.safetensors"

    @property
    def card_path(self) -> Path:
        return self.home / "card.toml"


@pytest.fixture(autouse=True)
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "model"
    home.mkdir()
    (home / "card.toml").write_text(CARD)
    torch.manual_seed(0)
    net = snet.SNetSize(width=4).build()
    torch.nn.init.constant_(net.color.last.bias, 0.5)
    save(home / "snet.safetensors", Header("snet", {"width": 4}, {"steps": 7}), net.state_dict())
    spec = TinySpec("snet", lambda c: snet.SNetSize(**c).build(), snet.host, home=home)
    monkeypatch.setitem(MODELS, "snet", spec)


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """Five moving pictures of one 16-bit channel."""
    folder = tmp_path / "nir"
    folder.mkdir()
    plane = draw_pair(1, 96)[0].astype(np.uint16) * 257
    for number in range(5):
        cv2.imwrite(str(folder / f"{number:04d}.png"), np.roll(plane, 3 * number, 1))
    return folder


def test_a_clip_of_sixteen_bit_infrared_becomes_a_playable_file(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mp4"
    words = ["run", sequence, "--mode", "nir", "--model", "snet", "--size", 64, "-o", out, *CPU]
    assert main([str(word) for word in words]) == 0
    said = capsys.readouterr()
    assert said.out == f"{out} (5 frames)\n"
    assert said.err.count("snet: for research and education only") == 1
    from animecolor.config import Limits

    assert probe(out, Limits()).frames == 5


@pytest.mark.parametrize("carried", [True, False])
def test_anchor_paints_infrared_only_from_what_it_is_given(
    sequence: Path,
    tmp_path: Path,
    tiny_anchor: Path,
    capsys: pytest.CaptureFixture[str],
    carried: bool,
) -> None:
    out = tmp_path / "out.mp4"
    words = ["run", sequence, "--mode", "nir", "--weights", tiny_anchor, "--size", 64, "-o", out]
    words += ["--keyframe-model", "snet"] if carried else []
    code = main([str(word) for word in (*words, *CPU)])
    said = capsys.readouterr()
    if carried:
        assert code == 0, said.err
    else:
        assert code == 2
        assert "anchor does not read nir; it reads line, gray; nir is read by snet" in said.err
        assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--finish", "flats"], "--mode nir reads none"),
        (["--palette", "p.toml"], "--mode nir paints none"),
    ],
)
def test_what_infrared_has_none_of_is_refused(
    sequence: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(sequence), "--mode", "nir", "--model", "snet", *words]) == 2
    assert said in capsys.readouterr().err


def test_no_show_is_learned_in_infrared(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["adapt", str(sequence), "--mode", "nir", "-o", str(tmp_path / "a.safetensors")]
    assert main(words) == 2
    assert "no model is adapted to near infrared" in capsys.readouterr().err


def test_pairs_are_scored_by_group_beside_constant_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = write_pairs(tmp_path / "train", range(3))
    test = write_pairs(tmp_path / "test", range(3, 7), deep=True)
    for path in sorted(test.iterdir())[:4]:
        path.rename(path.with_name(path.name.replace("scene", "street")))
    out = tmp_path / "report"
    words = ["eval", "snet", test, "--constants", train, "-o", out, "--cache", tmp_path / "c"]
    assert main([str(word) for word in (*words, *CPU)]) == 0
    assert capsys.readouterr().out.endswith(f"{out / 'report.json'} (4 pairs)\n")
    report = json.loads((out / "report.json").read_text())
    assert report["training"] == {"steps": 7}
    assert sorted(report["groups"]) == ["scene", "street"]
    for what in ("psnr", "ssim", "ae"):
        rows = [pair["painted"][what] for pair in report["pairs"]]
        assert report["all"]["painted"][what] == pytest.approx(np.mean(rows))
    assert [score["unit"] for score in report["scores"][:3]] == ["dB", "", "degrees"]
    assert set(report["scores"][0]["baselines"]) == {"copy", "mean", "table"}
    assert "--constants" in report["command"]
    assert len((out / "pairs.csv").read_text().splitlines()) == 5
    assert cv2.imread(str(out / "sheet.png")).shape == (4 * 192, 4 * 192, 3)


def test_pairs_that_taught_the_constants_are_not_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = write_pairs(tmp_path / "train", range(2))
    words = ["eval", "snet", str(pairs), "-o", str(tmp_path / "r"), "--cache", str(tmp_path / "c")]
    assert main([*words, *CPU]) == 2
    assert "with --constants" in capsys.readouterr().err
    assert main([*words, *CPU, "--constants", str(pairs)]) == 2
    assert "'scene_000' is among the pairs of" in capsys.readouterr().err
