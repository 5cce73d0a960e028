"""The presets: how results are written, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from animecolor.errors import UsageError

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mkv": "matroska", ".mov": "mov", ".webm": "webm"}
"""File extension to muxer."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A codec and how it is set up."""

    codec: str
    pix_fmt: str
    """For opaque pictures of 8 bits."""
    deep: str | None = None
    """For opaque pictures of more than 8 bits; None: they are reduced to 8."""
    alpha: str | None = None
    """For pictures with alpha; None: alpha is dropped, with a notice."""
    deep_alpha: str | None = None
    odd: str | None = None
    """For odd sizes, where the other formats need even ones."""
    options: Mapping[str, str] = field(default_factory=dict)

    def choose(self, deep: bool, alpha: bool) -> str:
        """The pixel format for pictures of this kind."""
        if alpha and deep and self.deep_alpha:
            return self.deep_alpha
        if alpha and self.alpha:
            return self.alpha
        return self.deep if deep and self.deep else self.pix_fmt


@dataclass(frozen=True, slots=True)
class Preset:
    """A way to write results."""

    name: str
    summary: str
    encoder: Encoder
    suffixes: tuple[str, ...] = (".mp4", ".mov", ".mkv", ".m4v")
    """File extensions it may be written to; the first is the default."""
    webm: Encoder | None = None
    """What is used instead in WebM, which holds few codecs."""
    images: bool = False
    """Writes a folder of numbered images."""

    def encoder_for(self, suffix: str) -> Encoder | None:
        """The encoder for a file extension; None where the preset cannot be written there."""
        if suffix == ".webm":
            return self.webm
        return self.encoder if suffix in self.suffixes else None


_VP9 = {"crf": "24", "b": "0", "row-mt": "1", "cpu-used": "4", "deadline": "good"}

# x264's slower presets take more time than the network; at a fixed crf they only save space.
PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="web",
            summary="H.264 4:2:0, high quality, plays everywhere",
            encoder=Encoder(
                "libx264", "yuv420p", odd="yuv444p", options={"crf": "18", "preset": "veryfast"}
            ),
            webm=Encoder("libvpx-vp9", "yuv420p", alpha="yuva420p", odd="yuv444p", options=_VP9),
        ),
        Preset(
            name="review",
            summary="H.264, fast and small, for looking at",
            encoder=Encoder(
                "libx264", "yuv420p", odd="yuv444p", options={"crf": "26", "preset": "superfast"}
            ),
            webm=Encoder(
                "libvpx-vp9",
                "yuv420p",
                odd="yuv444p",
                options=_VP9 | {"crf": "34", "cpu-used": "6"},
            ),
        ),
        Preset(
            name="master",
            summary="FFV1, lossless RGB, alpha and 16 bits kept",
            encoder=Encoder(
                "ffv1",
                "bgr0",
                deep="gbrp16le",
                alpha="bgra",
                deep_alpha="gbrap16le",
                options={"level": "3", "slicecrc": "1", "g": "1"},
            ),
            suffixes=(".mkv",),
        ),
        Preset(
            name="prores4444",
            summary="ProRes 4444 for editing and compositing, alpha kept",
            encoder=Encoder(
                "prores_ks",
                "yuv444p10le",
                alpha="yuva444p10le",
                options={"profile": "4444", "vendor": "apl0", "alpha_bits": "16"},
            ),
            suffixes=(".mov",),
        ),
        Preset(
            name="png",
            summary="numbered PNG images, alpha and 16 bits kept",
            encoder=Encoder("png", "rgb24", deep="rgb48be", alpha="rgba", deep_alpha="rgba64be"),
            suffixes=(".png",),
            images=True,
        ),
        Preset(
            name="tga",
            summary="numbered TGA images, 8 bits, alpha kept",
            encoder=Encoder("targa", "bgr24", alpha="bgra"),
            suffixes=(".tga",),
            images=True,
        ),
        Preset(
            name="exr",
            summary="numbered OpenEXR images, linear light, alpha kept",
            encoder=Encoder(
                "exr", "gbrpf32le", alpha="gbrapf32le", options={"compression": "zip1"}
            ),
            suffixes=(".exr",),
            images=True,
        ),
    )
}


def find_preset(name: str) -> Preset:
    """The preset with this name.

    Raises:
        UsageError: there is none.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no preset '{name}'; there are {', '.join(PRESETS)}")
    return PRESETS[name]


def image_preset(suffix: str) -> Preset | None:
    """The preset that writes images with this extension; None where none does."""
    return next((p for p in PRESETS.values() if p.images and suffix in p.suffixes), None)
