"""The stages together, as the pipeline chains them."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
import torch

from animecolor.config import Lines, LineSource, Shots
from animecolor.frame import Frame
from animecolor.stages.colorize import colorize
from animecolor.stages.finish import finish
from animecolor.stages.lines import draw_lines
from animecolor.stages.luma import take_luma
from animecolor.stages.prefetch import prefetch
from animecolor.stages.shots import mark_shots
from animecolor.stages.unique import mark_held
from tests.stages.drawings import Picture, clip, figure
from tests.stages.test_colorize import Feedback


class Toy(Feedback):
    """The toy colorizer at any size."""

    def begin(self, shot):  # type: ignore[no-untyped-def]
        return torch.zeros(3, 1, 1)


def chain(frames: Iterable[Frame], kind: str, shots: Shots, span: int = 2) -> Iterator[Frame]:
    frames = mark_shots(prefetch(frames), shots)
    if kind == "gray":
        frames = take_luma(frames, 64)
    else:
        frames = draw_lines(frames, Lines(source=LineSource(kind)), 64)
    return finish(colorize(mark_held(frames), Toy(span)))


def pictures(kind: str) -> list[Picture]:
    """Two shots of six frames on twos."""
    return [
        figure(seed, i // 2 / 6, (180, 320), paint=kind != "ink")
        for seed in (1, 2)
        for i in range(6)
    ]


kinds = pytest.mark.parametrize("kind", ["canny", "ink", "gray"])


@kinds
def test_each_shot_alone_equals_the_clip_bit_for_bit(kind: str) -> None:
    whole = list(chain(clip(pictures(kind)), kind, Shots()))
    assert [f.index for f in whole if f.opens_shot] == [0, 6]
    for _, group in groupby(whole, key=lambda f: f.shot):
        together = list(group)
        bare = [replace(f, line=None, plane=None, color=None, painted=None) for f in together]
        alone = list(chain(bare, kind, Shots(detect=False)))
        for one, other in zip(together, alone, strict=True):
            assert torch.equal(one.painted, other.painted)  # type: ignore[arg-type]


@kinds
def test_holds_do_not_flicker_and_order_and_time_stay(kind: str) -> None:
    painted = list(chain(clip(pictures(kind)), kind, Shots()))
    assert [(f.index, f.pts) for f in painted] == [(n, n) for n in range(12)]
    assert [f.held for f in painted] == [False, True] * 6
    for first, second in zip(painted[::2], painted[1::2], strict=True):
        assert torch.equal(first.painted, second.painted)  # type: ignore[arg-type]
        assert (first.painted is second.painted) == (kind != "gray")


@kinds
@pytest.mark.parametrize("taken", [1, 5])
def test_closing_early_leaves_no_thread(kind: str, taken: int) -> None:
    frames = chain(clip(pictures(kind) * 4), kind, Shots())
    for _ in range(taken):
        next(frames)
    frames.close()  # type: ignore[attr-defined]
    del frames
    gc.collect()
    assert "prefetch" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("detect", [True, False])
def test_an_error_in_the_reader_surfaces_after_all_it_had_read(detect: bool) -> None:
    def torn() -> Iterator[Frame]:
        yield from clip(pictures("ink")[:5])
        raise OSError("torn tape")

    seen = []
    with pytest.raises(OSError, match="torn tape"):  # noqa: PT012
        for f in chain(torn(), "ink", Shots(detect=detect), span=4):
            seen.append(f.index)
    assert seen == [0, 1, 2, 3, 4]


def test_sixteen_bits_go_through() -> None:
    deep = [p.astype(np.uint16) * 257 for p in pictures("ink")[:3]]
    for kind in ("canny", "ink", "gray"):
        for f in chain(clip(deep), kind, Shots()):
            assert f.painted is not None
            assert f.painted.dtype == torch.uint16
