"""FFV1's own check sums: its decoder hides a damaged slice and says so nowhere but in its log.

Every slice of a version 3 stream may end in a footer: 3 bytes of size, 1 of status, 4 of CRC (RFC
9043, section 4.9). The CRC is that of AUTODIN II, most significant bit first and begun with 0, and
is 0 over the slice with its footer.
"""

from __future__ import annotations

import zlib

_FOOTER = 8
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def is_whole(packet: bytes) -> bool:
    """Whether a coded picture falls into slices whose check sums are right.

    False is said of a damaged picture, and of any from a stream that has no check sums.
    """
    end = len(packet)
    while end >= _FOOTER:
        size = int.from_bytes(packet[end - _FOOTER : end - _FOOTER + 3], "big")
        begin = end - _FOOTER - size
        if begin < 0 or _crc(packet[begin:end]) != 0:
            return False
        end = begin
    return end == 0 and bool(packet)


def _crc(data: bytes) -> int:
    """0 where it should be 0, else another number; zlib has the same CRC with its bits mirrored."""
    return zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
