"""Decode ahead: one reader thread keeps a few frames ready while the network works."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
"""A frame in the pipeline, a batch in training."""

DEEPEST = 8
"""Most frames held: eight pictures of 2160p are 200 MB."""


@dataclass(frozen=True, slots=True)
class _End:
    """The reader is through; ``error`` says why, when it was not the end of the clip."""

    error: BaseException | None = None


def prefetch(frames: Iterable[Item], depth: int = 4) -> Generator[Item, None, None]:
    """Yield ``frames``, read in another thread at most ``depth`` frames ahead.

    ``frames`` is iterated, and closed if it can be, in the reader thread only. An error there is
    raised here, after the frames that came before it. Closing this generator, or an exception
    raised at its yield, ends the thread before it returns.

    Args:
        frames: what to read.
        depth: frames held, 1 to 8.

    Raises:
        ValueError: ``depth`` is out of range.
    """
    if not 1 <= depth <= DEEPEST:
        raise ValueError(f"prefetch depth is 1 to {DEEPEST}, not {depth}")
    return _read_ahead(frames, depth)


def _read_ahead(frames: Iterable[Item], depth: int) -> Generator[Item, None, None]:
    queue: Queue[Item | _End] = Queue(depth)
    stop = Event()
    # A daemon, so that a second Ctrl-C during the join still ends the program.
    reader = Thread(target=_read, args=(frames, queue, stop), name="prefetch", daemon=True)
    reader.start()
    try:
        while not isinstance(item := queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stop.set()
        # The reader looks at ``stop`` after every put, so it can be waiting in one put at most,
        # and an emptied queue has room for that one.
        with suppress(Empty):
            while True:
                queue.get_nowait()
        reader.join()


def _read(frames: Iterable[Item], queue: Queue[Item | _End], stop: Event) -> None:
    end = _End()
    stream: Iterator[Item] | None = None
    try:
        stream = iter(frames)
        for frame in stream:
            queue.put(frame)
            if stop.is_set():
                break
    except BaseException as error:
        end = _End(error)
    try:
        close = getattr(stream, "close", None)
        if close is not None:
            close()
    except BaseException as error:
        end = _End(end.error or error)
    if not stop.is_set():
        queue.put(end)
