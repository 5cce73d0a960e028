"""What was worked out of the same arrays a moment ago is not worked out again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def remembered(most: int) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Decorate a pure function of arrays: its last ``most`` results are kept.

    Arrays are told apart by identity, as comparing them would cost as much as the work; they must
    not be written to afterwards. Numbers and None are, too, which is right for small integers.
    """

    def decorate(function: Callable[Given, Result]) -> Callable[Given, Result]:
        kept: OrderedDict[tuple[int, ...], tuple[Any, Result]] = OrderedDict()

        @wraps(function)
        def wrapper(*args: Given.args, **named: Given.kwargs) -> Result:
            given = *args, *named.values()
            key = tuple(id(each) for each in given)
            if key not in kept:
                # What was given is kept, too, so that no other array gets its identity.
                kept[key] = given, function(*args, **named)
                if len(kept) > most:
                    kept.popitem(last=False)
            kept.move_to_end(key)
            return kept[key][1]

        return wrapper

    return decorate
