"""One reader thread: order, errors at the right place, and nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from animecolor.frame import Frame
from animecolor.stages.prefetch import prefetch
from tests.stages.drawings import frame

PICTURE = np.zeros((4, 4, 3), np.uint8)


class Source:
    """Frames that remember who read them, how many, and who closed them."""

    def __init__(self, count: int, error: BaseException | None = None) -> None:
        self.count, self.error = count, error
        self.read = 0
        self.threads: set[str] = set()
        self.closed_in = ""

    def __iter__(self) -> Iterator[Frame]:
        try:
            for index in range(self.count):
                self.read += 1
                self.threads.add(threading.current_thread().name)
                yield frame(PICTURE, index)
            if self.error is not None:
                raise self.error
        finally:
            self.closed_in = threading.current_thread().name


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name == "prefetch"] == []


@pytest.mark.parametrize("depth", [1, 4, 8])
@pytest.mark.parametrize("count", [0, 1, 20])
def test_yields_every_frame_in_order(count: int, depth: int) -> None:
    source = Source(count)
    assert [f.index for f in prefetch(source, depth)] == list(range(count))
    assert source.threads <= {"prefetch"}


def test_reads_at_most_the_depth_ahead() -> None:
    source = Source(100)
    frames = prefetch(source, 3)
    for taken in range(1, 6):
        next(frames)
        assert source.read <= taken + 3 + 1  # the one in the reader's hand
    frames.close()


@pytest.mark.parametrize("count", [0, 3, 12])
def test_error_comes_after_the_frames_before_it(count: int) -> None:
    frames = prefetch(Source(count, OSError("torn tape")))
    assert [next(frames).index for _ in range(count)] == list(range(count))
    with pytest.raises(OSError, match="torn tape"):
        next(frames)


@pytest.mark.parametrize("taken", [1, 2, 9])
def test_closing_early_closes_the_source_in_its_own_thread(taken: int) -> None:
    source = Source(1000)
    frames = prefetch(source)
    for _ in range(taken):
        next(frames)
    frames.close()
    assert source.closed_in == "prefetch"
    assert source.read < 20


def test_never_started_leaves_nothing() -> None:
    source = Source(5)
    prefetch(source).close()
    assert source.read == 0


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_an_exception_at_the_yield_ends_the_reader(stop: type[BaseException]) -> None:
    source = Source(1000)
    frames = prefetch(source)
    next(frames)
    with pytest.raises(stop):
        frames.throw(stop())  # type: ignore[attr-defined]
    assert source.closed_in == "prefetch"


def test_error_while_closing_is_not_lost() -> None:
    def untidy() -> Iterator[Frame]:
        try:
            yield frame(PICTURE)
        finally:
            raise OSError("cannot close")

    with pytest.raises(OSError, match="cannot close"):
        list(prefetch(untidy()))


@pytest.mark.parametrize("depth", [0, 9])
def test_depth_is_bounded(depth: int) -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        prefetch([], depth)
