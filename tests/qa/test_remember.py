"""What is remembered is told apart by the arrays themselves, and forgotten in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animecolor.qa.detectors.remember import remembered


def test_the_same_arrays_are_worked_on_once() -> None:
    """Equal arrays are not the same; the results that were asked for last are kept."""
    asked = []

    @remembered(2)
    def total(array: NDArray[np.int64], times: int | None) -> int:
        asked.append(array)
        return int(array.sum()) * (times or 1)

    one, equal, other = np.arange(3), np.arange(3), np.arange(4)
    assert [total(one, 2), total(one, 2), total(one, None), total(equal, 2)] == [6, 6, 3, 6]
    assert len(asked) == 3
    assert total(other, 1) == 6
    total(equal, 2)
    assert len(asked) == 4
    total(one, 2)
    assert len(asked) == 5
