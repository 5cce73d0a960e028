"""Adapters: merged exactly, strict, and hostile until proved otherwise."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from animecolor.errors import AnimecolorError, MissingPiece, UsageError
from animecolor.frame import Plane
from animecolor.models import weights
from animecolor.models.adapter import Fit, merge, merge_into, read_record, save
from animecolor.models.anchor import AnchorNet
from animecolor.models.registry import load_model
from animecolor.models.weights import Header, sha256

FIT = Fit("net", "0" * 64, Plane.LINE)


class Net(nn.Module):
    """A weight of each kind, and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv = nn.Conv2d(6, 5, 3)
        self.norm = nn.BatchNorm2d(5)
        self.scale = nn.Parameter(torch.tensor(2.0))


def changes(**others: Tensor) -> dict[str, Tensor]:
    chance = torch.Generator().manual_seed(2)
    whole = {
        "conv.weight.up": torch.randn(5, 2, generator=chance),
        "conv.weight.down": torch.randn(2, 54, generator=chance),
        "norm.bias.full": torch.randn(5, generator=chance),
        "scale.full": torch.tensor(0.5),
    }
    return {name: part.half() for name, part in (whole | others).items()}


def adapter(folder: Path, **others: Tensor) -> Path:
    path = folder / "show.safetensors"
    save(path, FIT, {"steps": 3}, changes(**others))
    return path


def merged(path: Path, fit: Fit = FIT) -> Net:
    net = Net()
    merge_into(net, path, fit, Path("base.safetensors"))
    return net


def test_a_change_is_added_to_its_weight(tmp_path: Path) -> None:
    net, base, parts = merged(adapter(tmp_path)), Net(), changes()
    product = parts["conv.weight.up"].float() @ parts["conv.weight.down"].float()
    torch.testing.assert_close(net.conv.weight, base.conv.weight + product.view(5, 6, 3, 3))
    torch.testing.assert_close(net.norm.bias, base.norm.bias + parts["norm.bias.full"].float())
    assert net.scale.item() == 2.5
    assert torch.equal(net.conv.bias, base.conv.bias)


def test_no_change_leaves_every_bit() -> None:
    net = Net()
    before = copy.deepcopy(net.state_dict())
    merge(net, {name: torch.zeros_like(part) for name, part in changes().items()})
    assert all(torch.equal(before[name], now) for name, now in net.state_dict().items())


def test_it_says_what_it_is_for(tmp_path: Path) -> None:
    assert read_record(adapter(tmp_path)) == (FIT, {"steps": 3})


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Fit("tcvc", FIT.base_sha256, Plane.LINE), "is an adapter of 'net', not of 'tcvc'"),
        (Fit("net", "1" * 64, Plane.LINE), "made for other weights than base.safetensors"),
        (Fit("net", FIT.base_sha256, Plane.GRAY), "made for line input, not for gray"),
    ],
)
def test_another_base_is_refused(tmp_path: Path, wanted: Fit, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        merged(adapter(tmp_path), wanted)


@pytest.mark.parametrize(
    ("name", "part", "sentence"),
    [
        ("conv.nothing.full", torch.zeros(1), "has no conv.nothing.full"),
        ("norm.running_mean.full", torch.zeros(5), "has no norm.running_mean.full"),
        ("conv.weight.sideways", torch.zeros(1), "has no conv.weight.sideways"),
        ("full", torch.zeros(1), "has no full"),
        ("norm.bias.full", torch.zeros(6), r"norm.bias.full is \(6,\), for a weight \(5,\)"),
        ("norm.bias.up", torch.zeros(5, 1), "norm.bias.up is"),
        ("conv.weight.up", torch.zeros(6, 2), "conv.weight.up is"),
        ("conv.weight.down", torch.zeros(2, 53), "conv.weight.down is"),
        ("conv.weight.up", torch.zeros(5, 65), "conv.weight.up is"),
        ("conv.weight.up", torch.zeros(5, 3), "the change of conv.weight has two ranks"),
        ("conv.weight.full", torch.zeros(5, 6, 3, 3), "is damaged: conv.weight has"),
        ("conv.bias.up", torch.zeros(5, 0), "conv.bias.up is"),
        ("scale.full", torch.tensor(torch.nan), "the change of scale is not a number"),
        ("conv.weight.up", torch.full((5, 2), torch.inf), "conv.weight is not a number"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, name: str, part: Tensor, sentence: str
) -> None:
    path = adapter(tmp_path, **{name: part})
    with pytest.raises(AnimecolorError, match=sentence):
        merged(path)


def test_half_a_change_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    save(path, FIT, {}, {"conv.weight.up": torch.zeros(5, 2).half()})
    with pytest.raises(AnimecolorError, match="weight has up, which is no change"):
        merged(path)


def test_another_type_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wide.safetensors"
    said = {"adapter": "net", "base_sha256": FIT.base_sha256, "reads": "line", "record": "{}"}
    save_file({"scale.full": torch.tensor(0.5).double()}, path, metadata=said)
    with pytest.raises(AnimecolorError, match="full is not float16"):
        merged(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "show.safetensors"
    with pytest.raises(MissingPiece, match="there is no adapter at"):
        read_record(path)
    for content in (b"", b"PK\x03\x04 a pickle", (1 << 62).to_bytes(8, "little") + b"{}"):
        path.write_bytes(content)
        with pytest.raises(AnimecolorError, match="is not an animecolor adapter"):
            read_record(path)
    for said in ({}, {"adapter": "net", "base_sha256": "", "reads": "sound", "record": "{}"}):
        save_file({}, path, metadata=said)
        with pytest.raises(AnimecolorError, match="is not an animecolor adapter"):
            read_record(path)
    whole = adapter(tmp_path).read_bytes()
    path.write_bytes(whole[:-4])
    with pytest.raises(AnimecolorError):
        merged(path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(AnimecolorError, match="larger than 64 MiB"):
        read_record(path)


def test_it_fits_the_very_weights_it_was_made_for(tmp_path: Path) -> None:
    size = AnchorNet(width=4, blocks=1, value=4)
    base = tmp_path / "base.safetensors"
    weights.save(base, Header("anchor", size.model_dump(), {}), size.build().state_dict())
    path = tmp_path / "show.safetensors"
    shift = {"paint.bias.full": torch.ones(3).half()}
    save(path, Fit("anchor", sha256(base), Plane.LINE), {}, shift)
    plain, adapted = (
        load_model("anchor", Plane.LINE, base, "cpu", adapter=given) for given in (None, path)
    )
    change = adapted.net.paint.bias.float() - plain.net.paint.bias.float()  # type: ignore[attr-defined]
    torch.testing.assert_close(change, torch.ones(3), atol=0.01, rtol=0)
    weights.save(base, Header("anchor", size.model_dump(), {}), size.build().state_dict())
    with pytest.raises(UsageError, match="made for other weights than"):
        load_model("anchor", Plane.LINE, base, "cpu", adapter=path)
