"""Checkpoints: strict, described, and hostile until proved otherwise."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from animecolor.errors import AnimecolorError, MissingPiece, UsageError
from animecolor.frame import Plane
from animecolor.models.registry import load_model
from animecolor.models.weights import Header, load_into, read_header, save, sha256


def net() -> nn.Module:
    torch.manual_seed(1)
    return nn.Linear(3, 2)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "net.safetensors"
    save(path, Header("net", {"width": 3}, {"steps": 5}), net().state_dict())
    return path


def test_round_trip_is_float16_and_described(checkpoint: Path) -> None:
    header = read_header(checkpoint)
    assert (header.model, header.config, header.training) == ("net", {"width": 3}, {"steps": 5})
    other = nn.Linear(3, 2)
    load_into(other, checkpoint)
    assert torch.equal(other.weight, net().weight.half().float())
    assert sha256(checkpoint) == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert not list(checkpoint.parent.glob("*.part"))


@pytest.mark.parametrize(
    "other", [nn.Linear(3, 4), nn.Linear(3, 2, bias=False), nn.Conv2d(1, 1, 1)]
)
def test_names_and_shapes_must_match(checkpoint: Path, other: nn.Module) -> None:
    with pytest.raises(AnimecolorError, match="does not fit"):
        load_into(other, checkpoint)


def test_what_float16_cannot_hold_stays_as_it_is(tmp_path: Path) -> None:
    norm = nn.BatchNorm2d(2)
    norm.running_var = torch.tensor([1e6, 3.0])
    save(tmp_path / "norm.safetensors", Header("tcvc", {}, {}), norm.state_dict())
    again = nn.BatchNorm2d(2)
    load_into(again, tmp_path / "norm.safetensors")
    torch.testing.assert_close(again.running_var, norm.running_var, rtol=0, atol=0)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingPiece, match="there are no weights at"):
        read_header(tmp_path / "none.safetensors")


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nan.safetensors"
    weights = net().state_dict()
    weights["weight"] = weights["weight"] * float("nan")
    save(path, Header("net", {}, {}), weights)
    with pytest.raises(AnimecolorError, match="not a number"):
        load_into(net(), path)


class Bomb:
    """What a malicious pickle does when it is opened."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, ("exploded",)


def _pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb()))


def _torch(path: Path) -> None:
    torch.save(net().state_dict(), path)


def _bare(path: Path) -> None:
    save_file(net().state_dict(), path)


def _list_header(path: Path) -> None:
    save_file({}, path, metadata={"model": "x", "config": "[1]", "training": "{}"})


def _huge_header(path: Path) -> None:
    path.write_bytes((1 << 62).to_bytes(8, "little") + b"{}")


def _offsets_outside(path: Path) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)


@pytest.mark.parametrize(
    "make", [_pickle, _torch, _bare, _list_header, _huge_header, _offsets_outside, Path.touch]
)
def test_anything_else_is_refused_and_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "hostile.safetensors"
    assert callable(make)
    make(path)
    with pytest.raises(AnimecolorError, match="is not an animecolor checkpoint"):
        read_header(path)
    assert not (tmp_path / "exploded").exists()


def test_a_truncated_checkpoint_is_refused(checkpoint: Path) -> None:
    data = checkpoint.read_bytes()
    checkpoint.write_bytes(data[:-4])
    with pytest.raises(AnimecolorError):
        load_into(net(), checkpoint)


def test_a_giant_in_a_small_file_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header of a few bytes describes 600 M weights; shapes are compared before any is made."""
    path = tmp_path / "giant.safetensors"
    save(path, Header("tcvc", {"width": 256, "blocks": 32}, {}), net().state_dict())
    monkeypatch.setattr(torch.Tensor, "normal_", _refuse_real)
    with pytest.raises(AnimecolorError, match="does not fit"):
        load_model("tcvc", Plane.LINE, path, "cpu")


def _refuse_real(tensor: torch.Tensor, *_: float, **__: object) -> torch.Tensor:
    assert tensor.is_meta
    return tensor


@pytest.mark.parametrize("config", [{"width": 10**9}, {"depth": 3}, {"width": "wide"}])
def test_a_network_that_cannot_be_built_is_refused(
    tmp_path: Path, config: dict[str, object]
) -> None:
    path = tmp_path / "odd.safetensors"
    save(path, Header("tcvc", config, {}), net().state_dict())
    with pytest.raises(AnimecolorError, match="cannot build"):
        load_model("tcvc", Plane.LINE, path, "cpu")


def test_weights_of_another_model_are_refused(checkpoint: Path) -> None:
    with pytest.raises(AnimecolorError, match="holds weights of 'net', not of 'tcvc'"):
        load_model("tcvc", Plane.LINE, checkpoint, "cpu")


def test_unknown_models_and_planes_are_refused() -> None:
    with pytest.raises(UsageError, match="there is no model 'tcvb'; there are: anchor, tcvc"):
        load_model("tcvb", Plane.LINE)
    with pytest.raises(UsageError, match="tcvc does not read nir; it reads line, gray"):
        load_model("tcvc", Plane.NIR)
