"""Which frame is proposed: by hand-worked shots."""

from __future__ import annotations

import numpy as np
import pytest

from animecolor.stages.doubt import helped, left, next_frame


def test_a_transient_does_not_win_over_a_stretch() -> None:
    """One frame three times as bad as any other, and twenty that are wrong together."""
    errors = [0.0] + [0.01] * 9 + [0.15] + [0.01] * 9 + [0.05] * 20
    assert np.argmax(errors) == 10
    assert 20 <= next_frame(errors, [0]) < 40


def test_growing_error_is_painted_at_two_thirds() -> None:
    errors = np.arange(91) / 1000
    assert next_frame(errors, [0]) == 60


def test_between_two_painted_frames_the_middle_is_proposed() -> None:
    errors = [0.0, *[0.1] * 9, 0.0]
    assert next_frame(errors, [0, 10]) == 5


def test_what_painting_takes_away_by_hand() -> None:
    # Frame 1 is 1 away from the painted frame 0, frame 2 is 2 away, frame 3 is 3 away.
    gain = helped([0.5, 0.1, 0.2, 0.3], [0])
    assert gain == pytest.approx([-1, 0.1 + 0.2 / 2 + 0.3 / 3, 0.2 + 0.3 * 2 / 3, 0.3 + 0.2 / 2])
    assert left([0.5, 0.1, 0.2, 0.3], [0], 3) == pytest.approx([0, 0.1, 0.1, 0])


def test_a_frame_is_never_proposed_twice() -> None:
    errors, painted = np.linspace(0.02, 0.1, 7), [3]
    while len(painted) < 7:
        found = next_frame(errors, painted)
        assert found not in painted
        errors = left(errors, painted, found)
        painted.append(found)
    with pytest.raises(ValueError, match="every frame is painted"):
        next_frame(errors, painted)


def test_without_any_painted_frame_the_whole_shot_counts() -> None:
    assert next_frame([0.1] * 11) == 5
    assert next_frame([0.2]) == 0
