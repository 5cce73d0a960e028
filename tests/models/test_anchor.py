"""`anchor`: what it may and may not do before it has learned anything."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from animecolor.color import luma
from animecolor.frame import Frame, Keyframe, Plane, Shot, from_array
from animecolor.models.anchor import AnchorNet, host, planes
from animecolor.models.anchor.match import COLORS, KEY, NEUTRAL, Matcher, Tokens
from animecolor.models.anchor.motion import Motion, Trail, ends, follow, seen
from animecolor.models.anchor.net import CANDIDATES, Anchor
from animecolor.models.colorizer import Doubting

SMALL = AnchorNet(width=4, blocks=1, value=4)


@pytest.fixture
def net() -> Anchor:
    torch.manual_seed(3)
    return SMALL.build().eval()


def drawing(net: Anchor, seed: int, size: tuple[int, int] = (32, 48)) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    shown = torch.rand(1, 3, *size, generator=chance)
    shown[:, 2] = 0
    return shown


def tokens(keys: Tensor, colors: Tensor) -> Tokens:
    return Tokens(keys, colors, torch.zeros(*keys.shape[:2], 4))


def test_a_token_is_found_where_it_moved_to() -> None:
    """Keys rolled by two columns: the match carries their colors back ."""
    torch.manual_seed(1)
    height, width = 4, 8
    keys = torch.nn.functional.normalize(torch.randn(1, height, width, KEY), dim=-1)
    colors = torch.rand(1, height, width, COLORS)
    moved = torch.roll(keys, 2, 2).flatten(1, 2)
    matcher = Matcher(value=4, reach=100.0)
    with torch.no_grad():
        matcher.sharpness.fill_(5.0)
        matcher.nothing.bias.fill_(-1.0)
    memory = [tokens(keys.flatten(1, 2), colors.flatten(1, 2))]
    match = matcher(moved, memory, (height, width))
    wanted = torch.roll(colors, 2, 2).permute(0, 3, 1, 2)
    torch.testing.assert_close(match.color[..., 2:], wanted[..., 2:], atol=0.02, rtol=0)
    assert match.mass.min() > 0.99


def test_the_prior_prefers_what_is_near() -> None:
    keys = torch.ones(1, 9, KEY) / KEY**0.5
    colors = torch.linspace(0, 1, 9).view(1, 9, 1).expand(1, 9, COLORS)
    found = Matcher(4, reach=0.3)(keys, [tokens(keys, colors)], (1, 9))
    share = 1 - found.mass
    got = (found.color - NEUTRAL * share) / found.mass
    torch.testing.assert_close(got[0, 0, 0], torch.linspace(0, 1, 9), atol=0.02, rtol=0)


def test_two_keyframes_share_the_match() -> None:
    torch.manual_seed(2)
    first, second = (torch.nn.functional.normalize(torch.randn(1, 6, KEY), dim=-1) for _ in "ab")
    matcher = Matcher(4, reach=100.0)
    with torch.no_grad():
        matcher.sharpness.fill_(5.0)
    red, blue = torch.zeros(1, 6, COLORS), torch.ones(1, 6, COLORS)
    match = matcher(second, [tokens(first, red), tokens(second, blue)], (2, 3))
    assert match.color.min() > 0.9


def test_with_nothing_remembered_it_only_paints(net: Anchor) -> None:
    with torch.inference_mode():
        answer = net(net.look(drawing(net, 1)), [], None, Motion())
    assert answer.color.shape == (1, 3, 32, 48)
    torch.testing.assert_close(answer.color, answer.candidates[:, 0])
    torch.testing.assert_close(answer.shares[:, 0], torch.ones(1, 32, 48))
    assert answer.error.min() > 0


def test_the_answer_is_a_blend_of_its_candidates(net: Anchor) -> None:
    with torch.inference_mode():
        key = net.remember(net.look(drawing(net, 1)), torch.rand(1, 3, 32, 48))
        before = net.remember(net.look(drawing(net, 2)), torch.rand(1, 3, 32, 48))
        answer = net(net.look(drawing(net, 3)), [key], before, Motion())
    blend = (answer.candidates * answer.shares[:, :, None]).sum(1)
    torch.testing.assert_close(answer.color, blend)
    held = CANDIDATES.index("held"), CANDIDATES.index("key held")
    torch.testing.assert_close(answer.candidates[:, held[0]], before.color)
    torch.testing.assert_close(answer.candidates[:, held[1]], key.color)
    low, high = answer.candidates.amin(1), answer.candidates.amax(1)
    assert bool((answer.color >= low - 1e-5).all())
    assert bool((answer.color <= high + 1e-5).all())


def test_planes_hold_nearness_for_lines_and_a_mark_for_grey() -> None:
    plane = torch.ones(2, 1, 16, 24)
    plane[:, :, :, 5] = 0
    shown = planes(plane, torch.tensor([False, True]))
    distance = cv2.distanceTransform((plane[0, 0].numpy() > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    np.testing.assert_allclose(shown[0, 1], np.exp(-distance / 8), rtol=1e-5)
    assert float(shown[0, 2].max()) == 0
    assert float(shown[1, 1].max()) == 0
    assert float(shown[1, 2].min()) == 1
    empty = planes(torch.ones(1, 1, 16, 16), torch.tensor([False]))
    assert float(empty[0, 1].max()) == 0


@pytest.mark.parametrize("size", [(64, 64), (61, 83), (17, 40), (4, 4)])
@pytest.mark.parametrize("keys", [0, 1, 3])
def test_hosted_at_any_size_with_any_keyframes(
    net: Anchor, size: tuple[int, int], keys: int
) -> None:
    hosted = host(net, Plane.LINE, torch.device("cpu"), torch.float32)
    shot = Shot(
        keyframes=tuple(
            Keyframe(5 * i, torch.rand(1, *size), torch.rand(3, *size)) for i in range(keys)
        )
    )
    image = from_array(np.zeros((*size, 3), np.uint8))
    memory = hosted.begin(shot)
    for index in range(2):
        frame = Frame(image, index, Fraction(1, 12), index, plane=torch.rand(1, *size))
        with torch.inference_mode():
            color, memory = hosted([frame], memory)
        assert color.shape == (1, 3, *size)
        assert float(color.min()) >= 0
        assert float(color.max()) <= 1


def test_a_painted_frame_is_kept_as_it_is(net: Anchor) -> None:
    hosted = host(net, Plane.LINE, torch.device("cpu"), torch.float32)
    key = Keyframe(1, torch.rand(1, 32, 40), torch.rand(3, 32, 40))
    frame = Frame(
        from_array(np.zeros((32, 40, 3), np.uint8)), 1, Fraction(1, 12), 1, plane=key.plane
    )
    with torch.inference_mode():
        color, memory = hosted([frame], hosted.begin(Shot(first=1, keyframes=(key,))))
    assert torch.equal(color[0], key.color)
    assert memory.before is not None


def test_a_grey_drawing_keeps_its_luma(net: Anchor) -> None:
    shown = drawing(net, 1)
    shown[:, 2] = 1
    with torch.inference_mode():
        key = net.remember(net.look(drawing(net, 2)), torch.rand(1, 3, 32, 48))
        answer = net(net.look(shown), [key], None, Motion())
    torch.testing.assert_close(luma(answer.color), shown[:, :1], atol=1e-5, rtol=0)
    assert float(answer.color.min()) >= -1e-6
    assert float(answer.color.max()) <= 1 + 1e-6
    assert float((answer.color[:, 0] - answer.color[:, 2]).abs().mean()) > 0.01


def test_a_sheet_of_any_size_gives_colors_and_no_places(net: Anchor) -> None:
    """Rolled by whole tokens a sheet says the same, where a keyframe does not."""
    shown, color = drawing(net, 2, (64, 40)), torch.rand(1, 3, 64, 40)
    with torch.inference_mode():
        sheet = net.remember(net.look(shown), color)
        order = torch.randperm(40, generator=torch.Generator().manual_seed(1))
        tokens = Tokens(*(part[:, order] for part in vars_of(sheet.tokens)))
        looked = net.look(drawing(net, 3))
        first = net(looked, [], None, Motion(), [sheet])
        second = net(looked, [], None, Motion(), [replace(sheet, tokens=tokens)])
        alone = net(looked, [], None, Motion())
    torch.testing.assert_close(first.color, second.color)
    gathered = CANDIDATES.index("key gathered")
    assert first.candidates.shape[-2:] == (32, 48)
    assert not torch.allclose(first.candidates[:, gathered], alone.candidates[:, gathered])
    assert float(first.shares[:, CANDIDATES.index("key held")].max()) == 0


def vars_of(tokens: Tokens) -> list[Tensor]:
    return [tokens.key, tokens.color, tokens.value]


def test_the_way_to_the_keyframe_is_followed(net: Anchor) -> None:
    """A square that walks 6 pixels a frame: the way back is 6, 12, 18, ..., 36 pixels."""
    looks = []
    for step in range(7):
        picture = np.ones((64, 128), np.float32)
        x = 10 + 6 * step
        cv2.rectangle(picture, (x, 16), (x + 40, 48), 0.0, 2)
        cv2.line(picture, (x, 30), (x + 40, 40), 0.0, 2)
        plane = torch.from_numpy(picture)[None, None]
        looks.append(seen(planes(plane, torch.tensor([False]))[0]))
    trails: tuple[Trail, ...] = ()
    for step in range(1, 7):
        motion, trails = follow(looks[step], looks[step - 1], [(0, looks[0])], trails)
        (back,), (trail,) = motion.step.flows, trails
        back = back[0].permute(1, 2, 0).numpy()
        x = 10 + 6 * step
        inside = slice(24, 42), slice(x + 4, x + 36)
        assert abs(float(np.median(back[inside][..., 0])) + 6) < 0.5
        assert abs(float(np.median(trail.path[inside][..., 0])) + 6 * step) < 0.75
    assert follow(looks[1], None, []) == (Motion(), ())


def test_a_pixel_takes_the_keyframe_that_its_drawing_is_found_in() -> None:
    """A square is in the later keyframe only, a circle in the earlier one only."""
    looks = []
    for square, circle in ((False, True), (True, True), (True, False)):
        picture = np.ones((64, 128), np.float32)
        if square:
            cv2.rectangle(picture, (12, 16), (44, 48), 0.0, 2)
        if circle:
            cv2.circle(picture, (96, 32), 16, 0.0, 2)
        plane = torch.from_numpy(picture)[None, None]
        looks.append(seen(planes(plane, torch.tensor([False]))[0]))
    motion, _ = follow(looks[1], looks[0], [(0, looks[0]), (2, looks[2])])
    share, misfit = motion.path.share, motion.path.misfit
    assert share is not None
    assert misfit is not None
    assert len(motion.path.flows) == 2
    square, circle = (slice(20, 44), slice(16, 40)), (slice(20, 44), slice(84, 108))
    assert float(share[0, 0][square].mean()) > 0.8
    assert float(share[0, 0][circle].mean()) < 0.05
    # In the nearest one, in place, the square is missing; in what is carried nothing is.
    assert float(misfit[0, 0][square].mean()) > 0.3
    assert float(misfit[0, 1].mean()) < 0.05


@pytest.mark.parametrize(
    ("index", "keys", "expected"),
    [
        (5, [], []),
        (5, [0], [0]),
        (5, [0, 9], [9, 0]),
        (5, [9, 12], [9]),
        (5, [0, 3, 12, 9], [3, 9]),
    ],
)
def test_a_frame_lies_between_two_keyframes_or_beside_one(
    index: int, keys: list[int], expected: list[int]
) -> None:
    assert ends(index, keys) == expected


def test_hosted_it_tells_where_it_may_be_wrong(net: Anchor) -> None:
    hosted = host(net, Plane.LINE, torch.device("cpu"), torch.float32)
    assert isinstance(hosted, Doubting)
    key = Keyframe(0, torch.rand(1, 33, 41), torch.rand(3, 33, 41))
    memory = hosted.begin(Shot(keyframes=(key,)))
    errors = []
    for index in range(2):
        image = from_array(np.zeros((33, 41, 3), np.uint8))
        frame = Frame(image, index, Fraction(1, 12), index, plane=torch.rand(1, 33, 41))
        with torch.inference_mode():
            _, memory = hosted([frame], memory)
        errors.append(hosted.error(memory))
    assert errors[0].shape == errors[1].shape == (1, 33, 41)
    assert float(errors[0].max()) == 0  # a person painted it
    assert float(errors[1].min()) > 0
