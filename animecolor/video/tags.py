"""What a clip says of its colours, and what we assume where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HD_HEIGHT = 720
"""Untagged pictures this high or higher are BT.709; smaller ones BT.601."""

# ISO/IEC 23091-2 code points, as FFmpeg's AVColorSpace and AVColorTransfer.
MATRIX_NAMES = {
    0: "rgb", 1: "bt709", 2: "unknown", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m",
    8: "ycgco", 9: "bt2020nc", 10: "bt2020c",
}  # fmt: skip
TRANSFER_NAMES = {
    1: "bt709", 2: "unknown", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m",
    8: "linear", 9: "log100", 10: "log316", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1",
    14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 17: "smpte428", 18: "arib-std-b67",
}  # fmt: skip

# swscale's numbering of the matrices it knows (SWS_CS_*), by code point.
_SWS_MATRIX = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9}
_HDR = {16: "PQ", 18: "HLG"}


class Layout(StrEnum):
    """What the planes of a pixel format hold."""

    YUV = "yuv"
    RGB = "rgb"
    GRAY = "gray"


@dataclass(frozen=True, slots=True)
class ColorTags:
    """The colour coding of a clip, resolved: no field is left open."""

    matrix: int
    """Code point of the YUV matrix; 0 where the picture is RGB or grey."""
    full_range: bool
    primaries: int
    transfer: int
    matrix_tagged: bool
    """False where ``matrix`` is our assumption."""
    range_tagged: bool
    """False where ``full_range`` is our assumption."""

    @property
    def matrix_name(self) -> str:
        """Name as FFmpeg prints it, for example ``bt709``."""
        return MATRIX_NAMES.get(self.matrix, str(self.matrix))

    @property
    def transfer_name(self) -> str:
        """Name as FFmpeg prints it."""
        return TRANSFER_NAMES.get(self.transfer, str(self.transfer))

    @property
    def range_name(self) -> str:
        """``full`` or ``limited``."""
        return "full" if self.full_range else "limited"

    @property
    def sws_matrix(self) -> int:
        """The matrix as swscale numbers it.

        Raises:
            KeyError: swscale has no such matrix; see ``refusal``.
        """
        return _SWS_MATRIX[self.matrix or 1]

    def refusal(self) -> str | None:
        """Why these colours cannot be read, as the end of a sentence; None when they can."""
        if self.transfer in _HDR:
            return (
                f"is HDR ({_HDR[self.transfer]}); tone-map it to SDR first, for example with "
                "ffmpeg's zscale and tonemap filters"
            )
        if self.matrix and self.matrix not in _SWS_MATRIX:
            return f"uses the colour matrix {self.matrix_name}, which animecolor does not read"
        return None

    def warnings(self) -> tuple[str, ...]:
        """What a person should know of the assumptions made."""
        said: list[str] = []
        if not self.matrix_tagged:
            said.append(f"no colour matrix is tagged: {self.matrix_name} is assumed")
        if self.primaries == 9:
            said.append("wide-gamut BT.2020 primaries are read as BT.709: colours look paler")
        return tuple(said)


def resolve_tags(codes: tuple[int, int, int, int], layout: Layout, height: int) -> ColorTags:
    """Fill what is missing in a clip's tags.

    Args:
        codes: (matrix, range, primaries, transfer) code points as FFmpeg gives them; 2 is
            "unspecified" for all but range, where 0 is.
        layout: what the planes hold; only YUV has a matrix.
        height: of the upright picture in pixels.
    """
    matrix, levels, primaries, transfer = codes
    is_rgb = layout is Layout.RGB
    # Code 0 means RGB: on a YUV picture it is a mistake of the writer and says nothing.
    matrix_tagged = layout is not Layout.YUV or matrix not in (0, 2)
    if layout is not Layout.YUV:
        matrix = 0
    elif not matrix_tagged:
        matrix = 1 if height >= HD_HEIGHT else 6
    assumed = matrix or 1
    return ColorTags(
        matrix=matrix,
        full_range=is_rgb or levels == 2,
        primaries=assumed if primaries in (0, 2) else primaries,
        transfer=assumed if transfer in (0, 2) else transfer,
        matrix_tagged=matrix_tagged,
        range_tagged=is_rgb or levels in (1, 2),
    )
